using System.Reflection;

namespace Sweeps.Architecture.Tests;

/// <summary>What the compiled pure projects use: the base class library, those below them, and a library for one purpose.</summary>
public class AssemblyTests
{
    private static readonly (Assembly Assembly, string[] MayUse)[] _pure =
    [
        (typeof(Search.SearchSpace).Assembly, ["MathNet.Numerics"]),
        (typeof(Contracts.Job).Assembly, []),
        (typeof(Files.ArtifactStore).Assembly,
            ["Microsoft.Extensions.Logging.Abstractions", "Polly.Core", "Polly.Extensions", "Sweeps.Contracts"]),
        (typeof(Domain.TrialId).Assembly, ["Sweeps.Contracts", "Sweeps.Search"]),
    ];

    public static TheoryData<string> Names => [.. _pure.Select(p => p.Assembly.GetName().Name!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_pure_assembly_uses_the_base_class_library_and_those_named_here(string name)
    {
        var (assembly, mayUse) = _pure.Single(p => p.Assembly.GetName().Name == name);
        var others = Dependencies.Assemblies(assembly).Where(used => !used.StartsWith("System.", StringComparison.Ordinal)).ToList();
        Assert.Empty(others.Except(mayUse).Select(used => $"{name} -> {used}"));
    }
}
