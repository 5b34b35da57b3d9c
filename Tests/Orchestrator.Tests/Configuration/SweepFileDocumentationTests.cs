using System.Text.RegularExpressions;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Tests.Configuration;

/// <summary>docs/sweep-file.md says what the binder does: every option, every default, and the error that it shows.</summary>
public sealed partial class SweepFileDocumentationTests : IDisposable
{
    private const string Required = "required";

    /// <summary>Stands for the free key of an entry.</summary>
    private const string AnyName = "NAME";

    private readonly string _folder = Directory.CreateTempSubdirectory("sweep-docs").FullName;

    private static string Text { get; } = File.ReadAllText(RepositoryFile.Path("docs/sweep-file.md"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_option_has_one_row_and_every_row_is_an_option()
    {
        // The one option that exists and may not be written: it comes from the tokenizer.
        var options = OptionsOf(typeof(SweepSpec)).Select(option => option.Path).Where(path => path != "model.vocab_size");
        Assert.Equal(options.Order(StringComparer.Ordinal), Rows().Select(row => row.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_has_no_usable_default_is_called_required()
    {
        var required = OptionsOf(typeof(SweepSpec)).Where(option => option.Option.Required || option.Default is "").Select(
            option => option.Path);
        Assert.Equal(
            required.Order(StringComparer.Ordinal),
            Rows().Where(row => row.Default == Required).Select(row => row.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_that_writes_every_documented_default_is_the_same_as_one_that_writes_none()
    {
        const string Least = "name = s\ncorpus { idioms {}, files { path = texts } }\n";
        var defaults = Rows().Where(
            row => row.Default != Required && !row.Path.Contains(AnyName, StringComparison.Ordinal)).Select(
                row => $"{row.Path} = {row.Default.Trim('`')}");
        var differences = SpecDifference.Between(
            Load("least.hocon", Least), Load("all.hocon", $"{Least}{string.Join('\n', defaults)}\ncorpus.files.path = texts"));
        Assert.Empty(differences);
    }

    [Fact]
    public void The_mistakes_that_it_shows_are_answered_as_it_says()
    {
        var blocks = CodeBlock().Matches(Text).Select(block => block.Groups["code"].Value).ToList();
        var refused = Assert.Throws<InvalidConfigurationException>(() => Load("first.hocon", blocks[0]));
        Assert.Equal(blocks[1].TrimEnd(), refused.Message.Replace(_folder + "/", "", StringComparison.Ordinal));
    }

    [Fact]
    public void The_readme_s_sweep_and_every_example_can_be_loaded()
    {
        Load(
            "first.hocon",
            CodeBlock().Matches(File.ReadAllText(RepositoryFile.Path("README.md"))).Single(
                block => block.Groups["kind"].Value == "hocon").Groups["code"].Value);
        var root = RepositoryFile.Path("examples");
        // Tasks are files of another kind.
        var examples = Directory.GetFiles(root, "*.hocon", SearchOption.AllDirectories)
            .Where(file => !file.StartsWith(Path.Combine(root, "tasks"), StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(examples);
        Assert.All(examples, example => SweepFile.Load(example, _ => null));
    }

    private SweepSpec Load(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return SweepFile.Load(path, _ => null);
    }

    private static IEnumerable<(string Path, Option Option, object? Default)> OptionsOf(Type record, string path = "")
    {
        var defaults = Activator.CreateInstance(record);
        foreach (var option in OptionSchema.Of(record))
        {
            yield return (path + option.Key, option, option.Property.GetValue(defaults));
            // How a task is written stands in docs/tasks.md.
            var entry = OptionSchema.EntryOf(option.Type) is { } named && named != typeof(TaskTemplate) ? named : null;
            if (!option.IsSection && entry is null) continue;
            foreach (var inner in OptionsOf(entry ?? option.Type, $"{path}{option.Key}.{(entry is null ? "" : $"{AnyName}.")}"))
                yield return inner;
        }
    }

    /// <summary>The rows of the tables; a heading in backticks is the section of those below it.</summary>
    private static IEnumerable<(string Path, string Default)> Rows()
    {
        var section = "";
        foreach (var line in Text.Split('\n'))
        {
            if (Heading().Match(line) is { Success: true } heading) section = heading.Groups["section"].Value + ".";
            if (Row().Match(line) is { Success: true } row) yield return (section + row.Groups["key"].Value, row.Groups["default"].Value);
        }
    }

    [GeneratedRegex(@"^## `(?<section>[a-zNAME._]+)`$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\| `(?<key>\w+)` \| [^|]+ \| (?<default>required|`[^`|]+`) \| [^|]*\| [^|]+ \|$")]
    private static partial Regex Row();

    [GeneratedRegex(@"^```(?<kind>\w+)\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
