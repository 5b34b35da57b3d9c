using Sweeps.Orchestrator.Hocon;

namespace Sweeps.Orchestrator.Tests.Hocon;

/// <summary>Getters, conversions and units.</summary>
public sealed class HoconConfigTests
{
    [Fact]
    public void Values_convert_as_the_specification_allows()
    {
        var config = HoconText.Parse("i = 42, s = \"43\", d = 1.5, big = 1e3, yes = yes, off = off, t = true, text = 1.50, list.0 = a, list.2 = c, list.x = no");
        Assert.Equal(42, config.GetInt("i"));
        Assert.Equal(43, config.GetInt("s"));
        Assert.Equal(1000, config.GetLong("big"));
        Assert.Equal(1.5, config.GetDouble("d"));
        Assert.True(config.GetBoolean("yes"));
        Assert.False(config.GetBoolean("off"));
        Assert.Equal("true", config.GetString("t"));
        Assert.Equal("1.50", config.GetString("text"));
        Assert.Equal(["\"a\"", "\"c\""], config.GetList("list").Select(item => item.ToJson()));
        Assert.True(config.HasPath("list.\"0\""));
        Assert.False(config.HasPath("i.j"));
    }

    [Theory]
    [InlineData("a = 1.5")]
    [InlineData("a = 3000000000")]
    [InlineData("a = x")]
    [InlineData("a = null")]
    [InlineData("a = [1]")]
    [InlineData("a = { b = 1 }")]
    [InlineData("b = 1")]
    public void A_value_that_is_no_whole_number_of_32_bits_is_refused(string text) =>
        Assert.Throws<HoconException>(() => HoconText.Parse(text).GetInt("a"));

    [Theory]
    [InlineData("a = 1e999")]
    [InlineData("a = NaN")]
    [InlineData("a = Infinity")]
    [InlineData("a = 0x10")]
    public void A_number_that_is_not_finite_or_not_json_is_refused(string text) =>
        Assert.Contains("expected a finite number", Assert.Throws<HoconException>(() => HoconText.Parse(text).GetDouble("a")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("10", 10)]
    [InlineData("\"10\"", 10)]
    [InlineData("10 s", 10_000)]
    [InlineData("1.5minutes", 90_000)]
    [InlineData("\" 2 h \"", 7_200_000)]
    [InlineData("1 day", 86_400_000)]
    [InlineData("5000us", 5)]
    public void Durations_have_units_and_are_milliseconds_without(string value, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), HoconText.Parse("a = " + value).GetDuration("a"));

    [Theory]
    [InlineData("1 Second")]
    [InlineData("1 fortnight")]
    [InlineData("s")]
    [InlineData("1e300 d")]
    public void Other_durations_are_refused(string value) =>
        Assert.Throws<HoconException>(() => HoconText.Parse("a = " + value).GetDuration("a"));

    [Theory]
    [InlineData("512", 512)]
    [InlineData("1k", 1024)]
    [InlineData("1 K", 1024)]
    [InlineData("1kB", 1000)]
    [InlineData("1.5 MiB", 1_572_864)]
    [InlineData("2 gigabytes", 2_000_000_000)]
    [InlineData("3 Gi", 3_221_225_472)]
    [InlineData("10b", 10)]
    public void Sizes_have_units_and_are_bytes_without(string value, long bytes) =>
        Assert.Equal(bytes, HoconText.Parse("a = " + value).GetBytes("a"));

    [Theory]
    [InlineData("1 KB")]
    [InlineData("1.5")]
    [InlineData("1 YiB")]
    public void Other_sizes_are_refused(string value) => Assert.Throws<HoconException>(() => HoconText.Parse("a = " + value).GetBytes("a"));

    [Fact]
    public void Values_know_where_they_were_written()
    {
        var config = HoconText.Parse("a {\n  b = 1\n  c = ${d}\n}\n\nd = 2\n\na.b = 3", ("X", "1"));
        Assert.Equal("test.conf:8", config.GetValue("a.b").Origin.ToString());
        Assert.Equal("test.conf:6", config.GetValue("a.c").Origin.ToString());
        Assert.Equal("test.conf:3", config.Root.Find("a", "c")!.Value.KeyOrigin.ToString());
        Assert.Equal("environment variable X", HoconText.Parse("a = ${X}", ("X", "1")).GetValue("a").Origin.ToString());
    }
}
