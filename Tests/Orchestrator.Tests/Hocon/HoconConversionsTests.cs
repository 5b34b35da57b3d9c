using Sweeps.Orchestrator.Hocon;

namespace Sweeps.Orchestrator.Tests.Hocon;

/// <summary>Conversions and units.</summary>
public sealed class HoconConversionsTests
{
    [Fact]
    public void Values_convert_as_the_specification_allows()
    {
        Assert.Equal(42, HoconConversions.AsInt(HoconText.A("a = 42")));
        Assert.Equal(43, HoconConversions.AsInt(HoconText.A("a = \"43\"")));
        Assert.Equal(1000, HoconConversions.AsLong(HoconText.A("a = 1e3")));
        Assert.Equal(1.5, HoconConversions.AsDouble(HoconText.A("a = 1.5")));
        Assert.True(HoconConversions.AsBoolean(HoconText.A("a = yes")));
        Assert.False(HoconConversions.AsBoolean(HoconText.A("a = off")));
        Assert.Equal("true", HoconConversions.AsString(HoconText.A("a = true")));
        Assert.Equal("1.50", HoconConversions.AsString(HoconText.A("a = 1.50")));
        Assert.Equal(
            ["\"a\"", "\"c\""], HoconConversions.AsList(HoconText.A("a.0 = a, a.2 = c, a.x = no"))!.Items.Select(item => item.ToJson()));
    }

    [Theory]
    [InlineData("a = 1.5")]
    [InlineData("a = 3000000000")]
    [InlineData("a = x")]
    [InlineData("a = null")]
    [InlineData("a = [1]")]
    [InlineData("a = { b = 1 }")]
    public void A_value_that_is_no_whole_number_of_32_bits_is_refused(string text) =>
        Assert.Null(HoconConversions.AsInt(HoconText.A(text)));

    [Theory]
    [InlineData("a = 1e999")]
    [InlineData("a = NaN")]
    [InlineData("a = Infinity")]
    [InlineData("a = 0x10")]
    public void A_number_that_is_not_finite_or_not_json_is_refused(string text) =>
        Assert.Null(HoconConversions.AsDouble(HoconText.A(text)));

    [Theory]
    [InlineData("10", 10)]
    [InlineData("\"10\"", 10)]
    [InlineData("10 s", 10_000)]
    [InlineData("1.5minutes", 90_000)]
    [InlineData("\" 2 h \"", 7_200_000)]
    [InlineData("1 day", 86_400_000)]
    [InlineData("5000us", 5)]
    public void Durations_have_units_and_are_milliseconds_without(string value, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), HoconConversions.AsDuration(HoconText.A("a = " + value)));

    [Theory]
    [InlineData("1 Second")]
    [InlineData("1 fortnight")]
    [InlineData("s")]
    [InlineData("1e300 d")]
    public void Other_durations_are_refused(string value) =>
        Assert.Null(HoconConversions.AsDuration(HoconText.A("a = " + value)));

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
        Assert.Equal(bytes, HoconConversions.AsBytes(HoconText.A("a = " + value)));

    [Theory]
    [InlineData("1 KB")]
    [InlineData("1.5")]
    [InlineData("1 YiB")]
    public void Other_sizes_are_refused(string value) => Assert.Null(HoconConversions.AsBytes(HoconText.A("a = " + value)));

    [Fact]
    public void Values_know_where_they_were_written()
    {
        var a = (HoconObject)HoconText.A("a {\n  b = 1\n  c = ${d}\n}\n\nd = 2\n\na.b = 3", ("X", "1"));
        Assert.Equal("test.conf:8", a.Find("b")!.Value.Value.Origin.ToString());
        Assert.Equal("test.conf:6", a.Find("c")!.Value.Value.Origin.ToString());
        Assert.Equal("test.conf:3", a.Find("c")!.Value.KeyOrigin.ToString());
        Assert.Equal("environment variable X", HoconText.A("a = ${X}", ("X", "1")).Origin.ToString());
    }
}
