namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about what each model has learned, and how many of its circuits hold.</summary>
internal static class TasksSection
{
    private const string Words =
        "How many of a model's tasks have which verdict. Rest resampled counts the circuits that hold whose loss also stays at the target "
            + "with the rest of the model resampled instead of held at its means.";

    /// <summary>The section of <paramref name="report"/>; null without tasks.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        if (!report.HasTasks()) return null;
        List<ReportTable> tables = [Counts(report)];
        if (Unlearned(report) is { Rows.Count: > 0 } unlearned) tables.Add(unlearned);
        return new ReportSection("Tasks", [Words], tables, []);
    }

    private static ReportTable Counts(ReportDocument report)
    {
        CircuitVerdict[] verdicts =
        [
            .. Enum.GetValues<CircuitVerdict>().Where(verdict =>
                verdict == (report.Spec.Validate ? CircuitVerdict.Holds : CircuitVerdict.NotValidated)
                || report.AnyTask(t => t.Verdict == verdict)),
        ];
        return new ReportTable(
            "Tasks by verdict",
            ["model", "tasks", .. verdicts.Select(CircuitVerdicts.Words), "rest resampled"],
            [
                .. from m in report.Models
                   where m.Tasks.Count > 0
                   let holding = m.Tasks.Where(t => t.Verdict == CircuitVerdict.Holds)
                   let resampled = holding.Count(t => t.Validation?.Resample <= report.Spec.Pruning.TargetLoss)
                   select (IReadOnlyList<string>)[
                       m.Id, Format.Count(m.Tasks.Count),
                       .. verdicts.Select(verdict => Format.Count(m.Tasks.Count(t => t.Verdict == verdict))),
                       report.Spec.Validate ? Format.Count(resampled) : Format.None],
            ]);
    }

    private static ReportTable Unlearned(ReportDocument report) => new(
        "Tasks not learned: losses of the whole model",
        ["model", "task", "calibrated, validation pairs", "validation pairs", "test pairs", "accuracy, test pairs", "searched"],
        [
            .. from m in report.Models
               from t in m.Tasks
               where t.Verdict == CircuitVerdict.NotLearned
               let u = t.Unpruned
               select (IReadOnlyList<string>)[
                   m.Id, t.Task, Format.Loss(u.CalibratedLoss), Format.Loss(u.ValidationLoss), Format.Loss(u.TestLoss),
                   Format.Percent(u.TestAccuracy),
                   t.Search is null ? "no" : "yes"],
        ], TextColumns: 2);
}
