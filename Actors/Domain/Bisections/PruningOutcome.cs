namespace Sweeps.Domain.Bisections;

/// <summary>What came of a pruning.</summary>
/// <param name="Pruned">the trained masks; null when training them failed</param>
/// <param name="Curve">all probes, by increasing k</param>
/// <param name="Circuit">the circuit that the bisection ended at; null when there was no probe with a finite loss</param>
/// <param name="Objective">the number that the search makes small, or null for a failure; see <see cref="Objective"/></param>
/// <param name="Failure">why there is no objective, or null</param>
public sealed record PruningOutcome(
    PruneResult? Pruned, IReadOnlyList<ProbeResult> Curve, CircuitResult? Circuit, double? Objective, string? Failure)
{
    /// <summary>
    /// Where its bisection was stopped, as no circuit of it could be the best of the search: then there is no circuit, and the objective is
    /// never below that of the best; null when it was not.
    /// </summary>
    public PruningStop? Stopped { get; init; }
}
