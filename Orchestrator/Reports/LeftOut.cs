namespace Sweeps.Orchestrator.Reports;

/// <summary>What is in no mean and no ratio, by name.</summary>
internal static class LeftOut
{
    /// <summary>What helps a model to learn a task.</summary>
    public const string Advice =
        "For a task that is not learned: train longer, show it more often (corpus.idioms.focus), take a wider or denser model; or set "
        + "skip_unlearned = false to search all the same.";

    /// <summary>One row per task that a model answers without a circuit, or has not learned; null where there is none.</summary>
    public static ReportTable? Table(ReportDocument report)
    {
        var rows = from m in report.Models
                   from t in m.Tasks
                   let reason = Reason(t)
                   where reason is not null
                   select (IReadOnlyList<string>)[m.Id, t.Task, reason];
        return rows.ToList() is { Count: > 0 } listed
            ? new ReportTable("Left out of means and ratios", ["model", "task", "why"], listed, TextColumns: 3)
            : null;
    }

    private static string? Reason(ReportTask task) => task.Verdict switch
    {
        CircuitVerdict.Empty => $"empty: loss {Format.Loss(task.Best?.Loss)} without any edge",
        CircuitVerdict.NotLearned => $"not learned: calibrated loss {Format.Loss(task.Unpruned?.CalibratedLoss)}, guessing gives 0.693",
        _ => null,
    };
}
