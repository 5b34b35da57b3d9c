namespace Sweeps.Orchestrator.Reports.Statistics;

/// <summary>Quantiles of a sample.</summary>
internal static class Quantile
{
    /// <summary>The quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996).</summary>
    /// <param name="sorted">the sample, in rising order; at least one value</param>
    /// <param name="fraction">0 to 1</param>
    public static double Of(IReadOnlyList<double> sorted, double fraction)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Count, nameof(sorted));
        var place = fraction * (sorted.Count - 1);
        var below = (int)Math.Floor(place);
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
