namespace Sweeps.Orchestrator.Reports.Statistics;

/// <summary>Sizes between two that were measured.</summary>
internal static class LogInterpolation
{
    /// <summary>The size at <paramref name="x"/> on the line through the logarithms of two others.</summary>
    /// <param name="x">between the two</param>
    /// <param name="first">where a size was measured, and the size, above 0</param>
    /// <param name="second">the same elsewhere, or in the same place: then the first counts</param>
    public static double At(double x, (double X, double Size) first, (double X, double Size) second)
    {
        if (first.X == second.X) return first.Size;
        var part = (x - first.X) / (second.X - first.X);
        return Math.Exp(((1 - part) * Math.Log(first.Size)) + (part * Math.Log(second.Size)));
    }
}
