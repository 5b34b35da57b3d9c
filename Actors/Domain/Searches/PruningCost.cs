namespace Sweeps.Domain.Searches;

/// <summary>What a search takes a pruning to cost. Never time: the result would depend on the machine.</summary>
public enum PruningCost
{
    /// <summary>Every pruning costs 1.</summary>
    One,

    /// <summary>
    /// Pairs of prompts passed through the model: each counts 3 in mask training, forwards and backwards, and 1 in a probe.
    /// </summary>
    Work,
}

/// <summary>Computes a <see cref="PruningCost"/>.</summary>
internal static class PruningCosts
{
    /// <summary>The cost of one pruning.</summary>
    /// <param name="kind">what is counted</param>
    /// <param name="options">the pruning's</param>
    /// <param name="probes">how many its bisection made</param>
    public static double Of(PruningCost kind, PruningOptions options, int probes) => kind switch
    {
        PruningCost.One => 1,
        PruningCost.Work => (3.0 * options.Steps * options.BatchPairs) + ((double)probes * options.ValidationPairs),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "expected one or work"),
    };
}
