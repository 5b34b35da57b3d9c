namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about how many tasks each model has learned, and how many of their circuits can be trusted.</summary>
internal static class TasksSection
{
    /// <summary>The task loss in nats from which a model without the circuit counts as one that cannot do the task; chance is ln 2.</summary>
    internal const double Necessary = 0.5;

    /// <summary>The section of <paramref name="report"/>; null without tasks.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        if (!report.HasTasks()) return null;
        var target = report.Spec.Pruning.TargetLoss;
        var models = report.Models.Where(m => m.Tasks.Count > 0).ToList();
        var missed = models.Where(m => m.Tasks.Any(t => t.Unpruned is not null && !IsLearned(t, target))).ToList();
        List<ReportTable> tables = [Counts(models, target)];
        if (missed.Count > 0) tables.Add(new(
            "Tasks not learned", ["model", "tasks, with the unpruned loss"],
            [.. missed.Select(m => (IReadOnlyList<string>)[m.Id, string.Join(", ", m.Tasks.Where(t => t.Unpruned is not null && !IsLearned(t, target)).Select(t => $"{t.Task} {Format.Loss(t.Unpruned!.TestLoss)}"))])],
            TextColumns: 2));
        return new ReportSection("Tasks",
        [
            $"A model has learned a task when its unpruned loss on the test split is at most {Format.Short(target)} nats. Of the learned tasks: the circuit is sufficient when the loss with only the circuit is at most "
            + $"{Format.Short(target)}, and necessary when the loss without it is at least {Format.Short(Necessary)}; both on the test split. Resampled counts those whose loss stays at most {Format.Short(target)} with the rest resampled.",
        ], tables, []);
    }

    private static ReportTable Counts(IReadOnlyList<ReportModel> models, double target) => new(
        "Tasks learned, and circuits that hold",
        ["model", "tasks", "learned", "circuit at the target", "sufficient", "necessary", "sufficient and necessary", "resampled"],
        [
            .. from m in models
               let learned = m.Tasks.Where(t => IsLearned(t, target)).ToList()
               let validated = learned.Where(t => t.Validation is not null).Select(t => t.Validation!).ToList()
               select (IReadOnlyList<string>)[
                   m.Id, Format.Count(m.Tasks.Count), Format.Count(learned.Count), Format.Count(learned.Count(t => t.Best is { Reached: true })),
                   .. new[]
                   {
                       validated.Count(v => v.Sufficiency <= target),
                       validated.Count(v => v.Necessity >= Necessary),
                       validated.Count(v => v.Sufficiency <= target && v.Necessity >= Necessary),
                       validated.Count(v => v.Resample <= target),
                   }.Select(count => validated.Count == 0 ? Format.None : Format.Count(count))],
        ]);

    private static bool IsLearned(ReportTask task, double target) => task.Unpruned?.TestLoss <= target;
}
