namespace Sweeps.Architecture.Tests;

/// <summary>Within the domain, folders use each other in one direction only.</summary>
public class DomainTests
{
    // Each may use those above it.
    private static readonly string[] _order =
    [
        "Sweeps.Domain",
        "Sweeps.Domain.Journal",
        "Sweeps.Domain.Trials",
        "Sweeps.Domain.Bisections",
        "Sweeps.Domain.Searches",
        "Sweeps.Domain.Sweeps",
        "Sweeps.Domain.Cluster",
        "Sweeps.Domain.Reuse",
        "Sweeps.Domain.Audit",
    ];

    // They look at whole journals.
    private static readonly string[] _readers =
    [
        "Sweeps.Domain.Journal", "Sweeps.Domain.Sweeps", "Sweeps.Domain.Cluster", "Sweeps.Domain.Reuse", "Sweeps.Domain.Audit",
    ];

    private static readonly IReadOnlyCollection<(TypeName From, TypeName To)> _uses = [.. Dependencies.Types(
        typeof(Domain.TrialId).Assembly)
        .Where(pair => IsOurs(pair.From) && IsOurs(pair.To))];

    [Fact]
    public void Folders_of_the_domain_use_each_other_in_one_direction() =>
        Assert.Empty(_uses.Where(pair => Place(pair.From) < Place(pair.To)).Select(pair => $"{pair.From} -> {pair.To}"));

    [Fact]
    public void The_stored_form_knows_no_aggregate_and_no_aggregate_but_the_sweep_knows_it() => Assert.Empty(
        from pair in _uses
        let user = pair.From.Namespace
        let used = pair.To.Namespace
        where (user == "Sweeps.Domain.Journal" && used != user)
            || (used == "Sweeps.Domain.Journal" && !_readers.Contains(user))
        select $"{pair.From} -> {pair.To}");

    [Fact]
    public void Every_folder_of_the_domain_has_its_place_here() =>
        Assert.Equal(
            _order.Order(StringComparer.Ordinal),
            _uses.SelectMany(pair => new[] { pair.From, pair.To }).Select(t => t.Namespace).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Uses_inside_method_bodies_and_of_base_types_are_seen()
    {
        Assert.Contains(_uses, pair => pair is { From.Name: "SweepReadModel", To.Name: "CircuitSearchState" });
        Assert.Contains(_uses, pair => pair is { From.Name: "TrialQueued", To.Name: "TrialEvent" });
    }

    private static int Place(TypeName type) => Array.IndexOf(_order, type.Namespace);

    // The compiler's own types have another namespace, or none.
    private static bool IsOurs(TypeName type) => type.Namespace.StartsWith("Sweeps.Domain", StringComparison.Ordinal);
}
