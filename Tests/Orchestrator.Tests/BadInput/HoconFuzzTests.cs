using System.Text;
using Sweeps.Orchestrator.Configuration;
using Sweeps.Orchestrator.Hocon;
using Sweeps.Orchestrator.Tests.Hocon;
using Sweeps.Tests;

namespace Sweeps.Orchestrator.Tests.BadInput;

/// <summary>Configuration that nobody meant: one refusal with its place, in little memory, and never the end of the process.</summary>
public sealed class HoconFuzzTests : IDisposable
{
    private static readonly string[] _words =
    [
        "{", "}", "[", "]", "=", ":", "+=", ",", "\n", " ", "${a}", "${?a}", "${a.b}", "${?b}", "a", "b", "a.b", "\"x\"", "\"\"\"y\"\"\"",
        "# c\n", "// c\n", "include", "\"f\"", "1", "1e9", "true", "null", "10 s",
        "\\", "\"", "$", "${", "\u0000", "\ufeff", "\ud800",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("fuzz").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Words_in_any_order_are_read_or_refused()
    {
        var refused = 0;
        for (var i = 0; i < 4000; i++)
        {
            var random = new KeyedRandom(1, i.ToString(System.Globalization.CultureInfo.InvariantCulture));
            var text = string.Concat(Enumerable.Range(0, 1 + random.Next(40)).Select(_ => _words[random.Next(_words.Length)]));
            if (Mutations.Refuses<HoconException>(Encoding.UTF8.GetBytes(text), () => HoconText.Parse(text))) refused++;
        }
        Assert.InRange(refused, 1000, 3990);
    }

    [Theory]
    [InlineData("examples/demo.hocon")]
    [InlineData("examples/paper.hocon")]
    [InlineData("examples/own-task.hocon")]
    [InlineData("cluster.hocon")]
    public void Damaged_files_are_read_or_refused(string name)
    {
        var path = Path.Combine(_folder, "file.hocon");
        foreach (var bytes in Mutations.Of(File.ReadAllBytes(RepositoryFile.Path(name)), 250, 2))
        {
            File.WriteAllBytes(path, bytes);
            Mutations.Refuses<InvalidConfigurationException>(
                bytes, () => _ = name == "cluster.hocon" ? (object)ClusterFile.Load(path, _ => null) : SweepFile.Load(path, _ => null));
        }
    }

    [Theory]
    [InlineData("a = ", "${", "inside a substitution")]
    [InlineData("", "a={", "the path of this key has 101 elements")]
    [InlineData("a = [", "{a:[", "objects and lists")]
    [InlineData("a = ", "[", "objects and lists")]
    [InlineData("", "a.", "elements: expected at most 100")]
    public void Deep_nesting_is_refused_and_does_not_end_the_process(string before, string repeated, string problem) =>
        Assert.Contains(
            problem, HoconText.Error($"{before}{string.Concat(Enumerable.Repeat(repeated, 100_000))}b = 1"), StringComparison.Ordinal);

    [Fact]
    public void Objects_by_paths_inside_objects_are_bounded_together()
    {
        var path = string.Join('.', Enumerable.Repeat("a", 60));
        Assert.Contains("120 elements: expected at most 100", HoconText.Error($"{path} {{ {path} = 1 }}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_of_lists_of_lists_are_not_spelt_out_in_a_message()
    {
        // 10^12 elements, were they written down.
        var text = new StringBuilder("l0 = [1,1,1,1,1,1,1,1,1,1]\n");
        for (var i = 1; i <= 12; i++)
            text.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"l{i} = [{string.Join(',', Enumerable.Repeat($"${{l{i - 1}}}", 10))}]\n");
        var path = Path.Combine(_folder, "bomb.hocon");
        File.WriteAllText(path, $"{text}name = ${{l12}}");
        Assert.True(Mutations.Refuses<InvalidConfigurationException>([], () => SweepFile.Load(path, _ => null)));
    }

    [Fact]
    public void A_message_does_not_repeat_the_whole_file()
    {
        var error = HoconText.Error($"a = \"{new string('x', 1_000_000)}");
        Assert.InRange(error.Length, 100, 2000);
        Assert.EndsWith("expected a closing quote", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_end_is_refused() =>
        Assert.Contains(
            "is longer than", Assert.ThrowsAny<HoconException>(() => HoconConfig.ParseFile("/dev/zero")).Message, StringComparison.Ordinal);
}
