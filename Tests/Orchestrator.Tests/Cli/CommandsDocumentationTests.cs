using System.CommandLine;
using System.Text.RegularExpressions;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>docs/commands.md says what the command line has, and pages for people show no command that it refuses.</summary>
public sealed partial class CommandsDocumentationTests
{
    private const string Page = "docs/commands.md";

    /// <summary>What the page says once, at its beginning.</summary>
    private static readonly string[] _shared = ["--json", "--config"];

    private static readonly Dictionary<string, Command> _commands =
        Commands(CommandLine.Create(Silent())).ToDictionary(named => named.Name, named => named.Command, StringComparer.Ordinal);

    private static readonly Dictionary<string, string> _sections =
        Heading().Split(Read(Page)).Skip(1).Chunk(2).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    [Fact]
    public void Every_command_has_a_section_and_every_section_is_a_command() =>
        Assert.Equal(_commands.Keys.Order(StringComparer.Ordinal), _sections.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void A_section_explains_the_options_of_its_command_and_no_others()
    {
        foreach (var (name, command) in _commands)
        {
            var options = command.Options.Where(option => !option.Hidden).Select(option => option.Name).Except(_shared);
            var explained = Explained().Matches(_sections[name]).Select(item => item.Groups["option"].Value);
            Assert.Equal(
                (name, string.Join(' ', options.Order(StringComparer.Ordinal))),
                (name, string.Join(' ', explained.Order(StringComparer.Ordinal))));
        }
    }

    [Fact]
    public void A_section_shows_its_command_at_work() =>
        Assert.All(_commands.Keys, name => Assert.Contains($"\n$ {name}", _sections[name], StringComparison.Ordinal));

    [Fact]
    public void What_all_commands_share_is_explained_at_the_beginning()
    {
        var beginning = Heading().Split(Read(Page))[0];
        Assert.All(_shared, option => Assert.Contains($"- `{option}", beginning, StringComparison.Ordinal));
        Assert.All(_commands.Values, command => Assert.Contains(command.Options, option => option.Name == "--json"));
        Assert.Equal(
            ["sweeps tasks"],
            _commands.Where(named => named.Value.Options.All(option => option.Name != "--config")).Select(named => named.Key));
    }

    [Theory]
    [InlineData("README.md", 2)]
    [InlineData(Page, 20)]
    [InlineData("docs/tutorial.md", 12)]
    [InlineData("docs/sizing.md", 1)]
    [InlineData("docs/circuits/demo.md", 2)]
    public void Every_command_that_a_page_shows_is_one_that_the_command_line_takes(string page, int atLeast)
    {
        var shown = Shown().Matches(Read(page)).Select(line => line.Groups["arguments"].Value).ToList();
        Assert.True(shown.Count >= atLeast, $"{page} shows {shown.Count} commands, expected {atLeast} or more");
        var refused = from arguments in shown
                      from error in CommandLine.Create(Silent()).Parse(Words(arguments)).Errors
                      select $"{page}: sweeps {arguments}: {error.Message}";
        Assert.Empty(refused);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData(Page)]
    [InlineData("docs/tutorial.md")]
    [InlineData("docs/concepts.md")]
    [InlineData("docs/sizing.md")]
    [InlineData("docs/faq.md")]
    [InlineData("docs/reliability.md")]
    [InlineData("docs/sweep-file.md")]
    [InlineData("docs/tasks.md")]
    [InlineData("examples/README.md")]
    [InlineData("Orchestrator/Cli/README.md")]
    public void Every_command_that_a_page_names_exists(string page)
    {
        var groups = _commands.Keys.Select(name => name.Split(' ')[1]).Append("device").ToHashSet(StringComparer.Ordinal);
        var named = Named().Matches(Read(page)).Select(name => name.Groups["command"].Value);
        Assert.Empty(named.Except(groups));
    }

    private static IEnumerable<(string Name, Command Command)> Commands(Command parent, string prefix = "sweeps") =>
        from command in parent.Subcommands
        where !command.Hidden
        let name = $"{prefix} {command.Name}"
        from leaf in command.Subcommands.Count == 0 ? [(name, command)] : Commands(command, name)
        select leaf;

    private static Terminal Silent() => new(TextWriter.Null, TextWriter.Null, isInteractive: false);

    private static string Read(string page) => File.ReadAllText(RepositoryFile.Path(page));

    /// <summary>The words of a command as a shell has them: quotes join, and vanish.</summary>
    private static string[] Words(string arguments) =>
        [.. Word().Matches(arguments).Select(word => Quote().Replace(word.Value, quoted => quoted.Value[1..^1]))];

    [GeneratedRegex(@"^## (sweeps [a-z ]+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^- `(?<option>--[a-z-]+)", RegexOptions.Multiline)]
    private static partial Regex Explained();

    [GeneratedRegex(@"^(?:\$ |    )sweeps (?<arguments>.*?)(?:\s+# .*)?$", RegexOptions.Multiline)]
    private static partial Regex Shown();

    [GeneratedRegex(@"`sweeps (?<command>[a-z]+)")]
    private static partial Regex Named();

    [GeneratedRegex(@"(?:'[^']*'|""[^""]*""|[^\s'""])+")]
    private static partial Regex Word();

    [GeneratedRegex(@"'[^']*'|""[^""]*""")]
    private static partial Regex Quote();
}
