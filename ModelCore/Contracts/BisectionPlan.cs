namespace Sweeps.Contracts;

/// <summary>
/// Decides which circuit size to probe next: exponential bracketing, then bisection, for the smallest number k of kept nodes whose
/// calibrated
/// validation loss reaches the target [G A.5]. Pure: the plan is a function of the probes made, in whatever order they arrived.
/// </summary>
/// <remarks>
/// The loss need not fall with k, so "the smallest k of all" cannot be had without probing every k. What is promised when the plan ends:
/// either the best k reaches the target and k − 1 was probed and misses it (or k is 0), or every node was kept and the target was still
/// missed.
/// The search starts at the number kept when mask training ended and may go above it. At most <see cref="MaxProbes"/> probes are made.
/// A loss that is not a number counts as a miss.
/// </remarks>
public static class BisectionPlan
{
    /// <summary>The number of nodes to keep in the next probe, or null when the plan has ended.</summary>
    /// <param name="target">the loss to reach, nats</param>
    /// <param name="nodes">nodes of the model</param>
    /// <param name="kept">nodes kept when mask training ended; the first probe</param>
    /// <param name="probes">the probes made so far</param>
    public static int? Next(double target, int nodes, int kept, IReadOnlyList<ProbeResult> probes)
    {
        ArgumentNullException.ThrowIfNull(probes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(nodes);
        if (probes.Count == 0) return Math.Clamp(kept, 1, nodes);

        int hi = -1, lo = -1, highestMiss = -1; // −1: none; as a lower bound it is the circuit that is smaller than the empty one
        foreach (var probe in probes)
            if (Reaches(probe, target) && (hi < 0 || probe.K < hi))
                hi = probe.K;
        foreach (var probe in probes)
        {
            if (Reaches(probe, target)) continue;
            highestMiss = Math.Max(highestMiss, probe.K);
            if (probe.K < hi) lo = Math.Max(lo, probe.K);
        }

        if (hi < 0) return highestMiss >= nodes ? null : (int)Math.Min(nodes, Math.Max(highestMiss + 1L, 2L * highestMiss));
        if (hi - lo == 1) return null;
        return lo < 0 ? hi / 2 : lo + ((hi - lo) / 2);
    }

    /// <summary>
    /// The probe that the plan ended at: the smallest k that reaches the target or, when none does, the lowest loss (the smaller k among
    /// equals).
    /// </summary>
    /// <returns>null when there are no probes with a finite loss</returns>
    public static ProbeResult? Best(double target, IReadOnlyList<ProbeResult> probes)
    {
        ArgumentNullException.ThrowIfNull(probes);
        return probes.Where(p => Reaches(p, target)).MinBy(p => p.K)
            ?? probes.Where(p => double.IsFinite(p.Loss)).OrderBy(p => p.Loss).ThenBy(p => p.K).FirstOrDefault();
    }

    /// <summary>Whether a probe's calibrated loss is at most <paramref name="target"/>.</summary>
    public static bool Reaches(ProbeResult probe, double target)
    {
        ArgumentNullException.ThrowIfNull(probe);
        return probe.Loss <= target;
    }

    /// <summary>A bound on the probes of one plan: bracketing by doubling or halving, then bisection of the bracket.</summary>
    public static int MaxProbes(long nodes)
    {
        var log = (int)Math.Ceiling(Math.Log2(Math.Max(nodes, 2)));
        return (2 * log) + 3;
    }

    /// <summary>The probes by increasing k: the loss-vs-size curve.</summary>
    public static IReadOnlyList<ProbeResult> Curve(IReadOnlyList<ProbeResult> probes)
    {
        ArgumentNullException.ThrowIfNull(probes);
        return [.. probes.OrderBy(p => p.K)];
    }
}
