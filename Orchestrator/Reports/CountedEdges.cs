namespace Sweeps.Orchestrator.Reports;

/// <summary>
/// The edges that count in means and ratios: those of a circuit that reaches a loss on the validation pairs and has edges, of a task that
/// the model has learned. Where a task is answered without a circuit there is no size to speak of.
/// </summary>
internal static class CountedEdges
{
    /// <summary>Of the search's best circuit; null where it does not count.</summary>
    public static int? OfBest(ReportTask task) =>
        task is { Best: { Reached: true, Edges: > 0 } best, Verdict: not (CircuitVerdict.Empty or CircuitVerdict.NotLearned) }
            ? best.Edges
            : null;

    /// <summary>Of a model's task; null where the model does not have it, or its circuit does not count.</summary>
    /// <param name="model">the model</param>
    /// <param name="task">the task's name</param>
    /// <param name="edges">the edges that count of a task</param>
    public static int? In(ReportModel model, string task, Func<ReportTask, int?> edges) =>
        model.Tasks.FirstOrDefault(t => t.Task == task) is { } found ? edges(found) : null;

    /// <summary>Of the smallest circuit for one of the sweep's target losses; null where it does not count.</summary>
    public static Func<ReportTask, int?> At(double target) => task => Smallest(task, target) is { Edges: > 0 } probe ? probe.Edges : null;

    /// <summary>Whether a target loss is reached without any edge, by a model that has learned the task.</summary>
    public static bool IsEmptyAt(ReportTask task, double target) => Smallest(task, target) is { Edges: 0 };

    /// <summary>Of another circuit of the task; null where it does not count.</summary>
    public static int? Of(ReportTask task, CircuitResult? circuit, PruningOptions options) =>
        circuit is { Edges: > 0 } && circuit.ValidationLoss <= options.SelectionLoss && task.Verdict != CircuitVerdict.NotLearned
            ? circuit.Edges
            : null;

    private static ProbeResult? Smallest(ReportTask task, double target) => task.Verdict == CircuitVerdict.NotLearned
        ? null
        : task.Targets?.Points.FirstOrDefault(p => p.Target == target)?.Smallest;
}
