namespace Sweeps.Contracts;

/// <summary>What the size of a circuit is counted in.</summary>
public enum CircuitSize
{
    /// <summary>Nonzero weights that join two kept nodes [G 2.2].</summary>
    Edges,

    /// <summary>Kept nodes.</summary>
    Nodes,
}

/// <summary>The one number of a pruning that a hyperparameter search makes small.</summary>
/// <remarks>
/// Target reached: log10(1 + size) of the smallest circuit that reaches it; 0 is the empty circuit.
/// Target missed: log10(1 + size of the largest circuit probed), which is the whole model because a plan gives up only after keeping every
/// node, plus the nats by which the best loss exceeds the target. So every miss is worse than every hit, and near misses are better than
/// far ones:
/// a number tells a search more than a failure does. No probe with a finite loss: null, to be told as a failure.
/// </remarks>
public static class Objective
{
    /// <summary>The value to minimise, or null when the pruning gave no finite loss.</summary>
    /// <param name="target">the loss to reach, nats</param>
    /// <param name="probes">all probes of one bisection</param>
    /// <param name="size">what size is counted in</param>
    public static double? Of(double target, IReadOnlyList<ProbeResult> probes, CircuitSize size = CircuitSize.Edges)
    {
        if (BisectionPlan.Best(target, probes) is not { } best) return null;
        if (BisectionPlan.Reaches(best, target)) return Math.Log10(1.0 + Size(best));
        return Math.Log10(1.0 + probes.Max(Size)) + (best.Loss - target);

        int Size(ProbeResult probe) => size == CircuitSize.Nodes ? probe.K : probe.Edges;
    }
}
