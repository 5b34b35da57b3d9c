namespace Sweeps.Orchestrator.Reports;

/// <summary>The mean that circuits' sizes are compared by.</summary>
internal static class GeometricMean
{
    /// <summary>Of numbers of edges; null of none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">one is not positive: a circuit without edges is in no mean</exception>
    public static double? Of(IEnumerable<int> edges)
    {
        var logarithms = edges
            .Select(e => e > 0 ? Math.Log(e) : throw new ArgumentOutOfRangeException(nameof(edges), e, "expected edges"))
            .ToList();
        return logarithms.Count == 0 ? null : Math.Exp(logarithms.Average());
    }

    /// <summary>The mean of those that count, and over how many tasks it is.</summary>
    public static string Text(IReadOnlyCollection<int> edges, int tasks) =>
        $"{Format.Short(Of(edges))} ({Format.Count(edges.Count)} of {Format.Count(tasks)} {(tasks == 1 ? "task" : "tasks")})";
}
