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

    [Fact]
    public void Every_licence_lets_the_program_be_given_to_anybody()
    {
        string[] free = ["Apache-2.0", "BSD-3-Clause", "MIT", "MIT-0", "PostgreSQL", "public domain"];
        Assert.All(_listed, row => Assert.Contains(row.Licence, free));
    }
}
