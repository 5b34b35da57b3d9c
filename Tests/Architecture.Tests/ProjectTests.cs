namespace Sweeps.Architecture.Tests;

/// <summary>Which project may use which: the arrows of docs/architecture.md.</summary>
public class ProjectTests
{
    private static readonly Dictionary<string, string[]> _mayUse = new(StringComparer.Ordinal)
    {
        ["Search"] = [],
        ["Contracts"] = [],
        ["Files"] = ["Contracts"],
        ["Domain"] = ["Contracts", "Search"],
        ["ModelCore"] = ["Contracts", "Files"],
        ["Actors"] = ["Contracts", "Domain", "Files", "Search"],
        ["Orchestrator"] = ["Actors", "Contracts", "Domain", "Files", "ModelCore", "Search"],
    };

    private static readonly Dictionary<string, string[]> _packages = new(StringComparer.Ordinal)
    {
        ["Search"] = ["MathNet.Numerics"],
        ["Contracts"] = [],
        ["Files"] = ["Polly.Core", "Polly.Extensions"],
        ["Domain"] = [],
    };

    public static TheoryData<string> All => [.. _mayUse.Keys];

    public static TheoryData<string> Pure => [.. _packages.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void A_project_uses_only_those_below_it(string project) =>
        Assert.Empty(Projects.Reach(project).Except(_mayUse[project]).Select(used => $"{project} -> {used}"));

    [Theory]
    [MemberData(nameof(Pure))]
    public void A_pure_project_uses_no_packages_but_those_named_here(string project) =>
        Assert.Empty(Projects.Packages(project).Except(_packages[project]).Select(package => $"{project} -> {package}"));

    [Theory]
    [InlineData("Actors.Tests")]
    [InlineData("Domain.Tests")]
    [InlineData("Simulator")]
    [InlineData("Architecture.Tests")]
    public void Orchestration_is_tested_without_native_code(string project) => Assert.DoesNotContain("ModelCore", Projects.Reach(project));

    [Fact]
    public void Every_project_of_the_product_has_its_arrows_here() =>
        Assert.Equal(_mayUse.Keys.Order(StringComparer.Ordinal), Projects.Names.Where(Projects.IsProduct).Order(StringComparer.Ordinal));
}
