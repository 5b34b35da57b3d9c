using System.Text.RegularExpressions;

namespace Sweeps.Orchestrator.Tests.Formats;

/// <summary>The table of docs/formats.md that names the files of a run's folder.</summary>
internal static partial class FormatsPage
{
    /// <summary>The page.</summary>
    public static string Text { get; } = File.ReadAllText(RepositoryFile.Path("docs/formats.md"));

    /// <summary>The paths of the table; words in capitals stand for a part of one, and … for any number of them.</summary>
    public static IReadOnlyList<string> Paths { get; } =
    [
        .. from row in Text.Split('\n').SkipWhile(line => !line.StartsWith("| file |", StringComparison.Ordinal))
               .TakeWhile(line => line.StartsWith('|'))
           from path in Code().Matches(row.Split('|')[1])
           select path.Groups["code"].Value,
    ];

    private static readonly Regex _named = new($"^(?:{string.Join('|', Paths.Select(Expression))})$", RegexOptions.CultureInvariant);

    /// <summary>Whether the table has a file.</summary>
    /// <param name="path">in the run's folder, with slashes</param>
    public static bool Names(string path) => _named.IsMatch(path);

    /// <summary>The files of a run's folder that the table does not have.</summary>
    public static IEnumerable<string> Unnamed(string folder) =>
        from file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(folder, file).Replace('\\', '/')
        where !Names(path)
        orderby path
        select path;

    private static string Expression(string path) =>
        Capitals().Replace(Regex.Escape(path), "[^/]+").Replace("…", ".+", StringComparison.Ordinal);

    [GeneratedRegex("`(?<code>[^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("[A-Z]+")]
    private static partial Regex Capitals();
}
