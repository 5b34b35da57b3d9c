using System.Text.RegularExpressions;

namespace Sweeps.Architecture.Tests;

/// <summary>The Markdown pages of the repository: their links lead somewhere, and their lines fit.</summary>
public sealed partial class DocumentationTests
{
    private const int Width = 140;

    /// <summary>
    /// Pages that a program writes, the changelog with its older entries, and pages of long option tables that have a form of their own.
    /// </summary>
    private static readonly string[] _anyWidth =
    [
        "CHANGELOG.md", "docs/circuits/report.md", "docs/frontier/report.md", "docs/stdlib/report.md", "docs/search/far/comparison.md",
        "docs/search/near/comparison.md",
        "docs/formats.md", "docs/import.md", "docs/sweep-file.md",
    ];

    public static TheoryData<string> Pages => [.. Projects.Documents];

    public static TheoryData<string> Prose => [.. Projects.Documents.Except(_anyWidth)];

    [Fact]
    public void The_repository_has_the_pages_that_this_looks_at() =>
        Assert.True(Projects.Documents.Count > 40, $"found {Projects.Documents.Count}");

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_relative_link_leads_to_a_file_and_a_heading_that_exist(string page)
    {
        var broken = from match in Link().Matches(WithoutCode(page))
                     let target = match.Groups["target"].Value
                     where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
                     where !Exists(page, target)
                     select $"{page}: {target}";
        Assert.Empty(broken);
    }

    [Theory]
    [MemberData(nameof(Prose))]
    public void A_line_of_prose_fits(string page)
    {
        var (code, long_) = (false, new List<string>());
        foreach (var (number, line) in Projects.Document(page).Index())
        {
            if (Fence().IsMatch(line)) code = !code;
            else if (!code && line.Length > Width && !Wide().IsMatch(line)) long_.Add($"{page}:{number + 1} has {line.Length} characters");
        }
        Assert.Empty(long_);
    }

    private static bool Exists(string page, string target)
    {
        var (path, anchor) = target.Split('#', 2) is [var file, var heading] ? (file, heading) : (target, null);
        var full = path.Length == 0
            ? page
            : Path.GetRelativePath("/", Path.GetFullPath(Path.Combine("/", Path.GetDirectoryName(page)!, path)));
        if (!Projects.Exists(full)) return false;
        return anchor is null || !full.EndsWith(".md", StringComparison.Ordinal) || Headings(full).Contains(anchor);
    }

    /// <summary>
    /// What the headings of a page are called in links: small letters, signs left out, hyphens for spaces, numbered when they repeat.
    /// </summary>
    private static HashSet<string> Headings(string page)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in WithoutFences(page).Split('\n'))
        {
            if (Heading().Match(line) is not { Success: true } heading) continue;
            var text = Link().Replace(heading.Groups["text"].Value, link => link.Groups["text"].Value);
            var anchor = Sign().Replace(text.ToLowerInvariant(), "").Replace(' ', '-');
            var times = seen.GetValueOrDefault(anchor);
            seen[anchor] = times + 1;
            anchors.Add(times == 0 ? anchor : $"{anchor}-{times}");
        }
        return anchors;
    }

    private static string WithoutCode(string page) => Code().Replace(WithoutFences(page), "");

    private static string WithoutFences(string page)
    {
        var (code, kept) = (false, new List<string>());
        foreach (var line in Projects.Document(page))
        {
            if (Fence().IsMatch(line)) code = !code;
            else if (!code) kept.Add(line);
        }
        return string.Join('\n', kept);
    }

    [GeneratedRegex(@"\[(?<text>[^\[\]]*)\]\((?<target>[^()\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\s*(```|~~~)")]
    private static partial Regex Fence();

    [GeneratedRegex(@"^#{1,6} (?<text>.+)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N}\-_ ]")]
    private static partial Regex Sign();

    [GeneratedRegex(@"`[^`\n]*`")]
    private static partial Regex Code();

    /// <summary>Rows of tables, code that is indented, and pictures.</summary>
    [GeneratedRegex(@"^(\||    |!\[)")]
    private static partial Regex Wide();
}
