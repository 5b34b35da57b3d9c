namespace Sweeps.Search.Carbs;

/// <summary>Quantiles by linear interpolation between order statistics (Hyndman and Fan 1996, type 7; NumPy's default).</summary>
internal static class Quantiles
{
    /// <summary>The quantile at <paramref name="fraction"/> of <paramref name="sorted"/> values.</summary>
    /// <param name="sorted">ascending, at least one</param>
    /// <param name="fraction">0 to 1</param>
    public static double Of(ReadOnlySpan<double> sorted, double fraction)
    {
        var position = fraction * (sorted.Length - 1);
        var below = Math.Min((int)position, sorted.Length - 1);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
