using System.Text.Json;

namespace Sweeps.Architecture.Tests;

/// <summary>The list of what ships with the product, and of its licences: docs/licences.md.</summary>
public class LicenceTests
{
    // Rows of four columns; the table of what is not shipped has three.
    private static readonly List<(string Package, string Licence)> _listed =
    [
        .. from line in Projects.Document("docs/licences.md")
           let cells = line.Split('|', StringSplitOptions.TrimEntries)
           where cells.Length == 6 && cells[1] is not "package" && !cells[1].StartsWith("---", StringComparison.Ordinal)
           select (cells[1], cells[2]),
    ];

    [Fact]
    public void Every_package_of_the_product_is_in_the_list_and_no_other() => Assert.Equal(
        Projects.Names.Where(Projects.IsProduct).SelectMany(Projects.Locked)
            .Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal),
        _listed.Select(row => row.Package).Order(StringComparer.Ordinal));

    /// <summary>What the page is made of and what it is built by: package-lock.json says the licences.</summary>
    [Fact]
    public void Every_npm_package_of_the_page_is_in_the_list_with_its_licence()
    {
        var rows = Projects.Document("docs/licences.md").Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == 5).Select(cells => (cells[1], cells[2])).ToHashSet();
        var packages = JsonDocument.Parse(string.Join('\n', Projects.Document("Orchestrator/Web/page/package-lock.json"))).RootElement
            .GetProperty("packages");
        var direct = packages.GetProperty("").GetProperty("devDependencies").EnumerateObject().Select(p => p.Name).ToHashSet();
        const string Folder = "node_modules/";
        var named = packages.EnumerateObject().Where(p => p.Name.StartsWith(Folder, StringComparison.Ordinal))
            .Select(p => (Name: p.Name[Folder.Length..], p.Value))
            .Where(p => direct.Contains(p.Name) || !p.Value.TryGetProperty("dev", out _)).ToList();
        Assert.Contains(named, p => p.Name == "preact");
        Assert.All(named, p => Assert.Contains((p.Name, p.Value.GetProperty("license").GetString()!), rows));
    }

    [Fact]
    public void Every_licence_lets_the_program_be_given_to_anybody()
    {
        string[] free = ["Apache-2.0", "BSD-3-Clause", "MIT", "MIT-0", "PostgreSQL", "public domain"];
        Assert.All(_listed, row => Assert.Contains(row.Licence, free));
    }
}
