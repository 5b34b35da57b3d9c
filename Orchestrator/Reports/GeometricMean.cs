namespace Sweeps.Orchestrator.Reports;

/// <summary>The mean that circuits' sizes are compared by.</summary>
internal static class GeometricMean
{
    /// <summary>Of numbers of edges, a circuit without any counting as one edge; null of none.</summary>
    public static double? OfEdges(IEnumerable<int> edges)
    {
        var logarithms = edges.Select(e => Math.Log(Math.Max(1, e))).ToList();
        return logarithms.Count == 0 ? null : Math.Exp(logarithms.Average());
    }
}
