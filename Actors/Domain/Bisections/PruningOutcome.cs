namespace Sweeps.Domain.Bisections;

/// <summary>What came of a pruning.</summary>
/// <param name="Pruned">the trained masks; null when training them failed</param>
/// <param name="Curve">all probes, by increasing k</param>
/// <param name="Circuit">the circuit that the bisection ended at; null when there was no probe with a finite loss</param>
/// <param name="Objective">the number that the search makes small, or null for a failure; see <see cref="Objective"/></param>
/// <param name="Failure">why there is no objective, or null</param>
public sealed record PruningOutcome(
    PruneResult? Pruned, IReadOnlyList<ProbeResult> Curve, CircuitResult? Circuit, double? Objective, string? Failure);
