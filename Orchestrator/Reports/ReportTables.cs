namespace Sweeps.Orchestrator.Reports;

/// <summary>The tables of a report, the same in the terminal, in Markdown and in HTML.</summary>
internal static class ReportTables
{
    /// <summary>One row per model.</summary>
    public static ReportTable Models(ReportDocument report)
    {
        var rows = report.Models.Select(m =>
        {
            var t = m.Trained;
            return (IReadOnlyList<string>)[
                m.Id, Format.Short(m.L0Target), Format.Short(t?.L0), Format.Count(t?.Nonzeros), Format.Count(t?.Parameters), Format.Loss(t?.TrainLoss),
                Format.Loss(t?.ValidationLoss), Format.Loss(report.Corpus?.BigramLoss), Format.Percent(t?.DeadFraction), Format.Short(t?.ResidualKurtosis),
                Headline(m)];
        });
        return new ReportTable(
            "Models",
            ["model", "L0 target", "L0", "nonzeros", "parameters", "train loss", "validation loss", "bigram", "dead", "kurtosis", "edges, geometric mean"],
            [.. rows]);
    }

    /// <summary>One row per selected model and task.</summary>
    public static ReportTable Circuits(ReportDocument report)
    {
        var rows = from m in report.Models
                   from t in m.Tasks
                   let c = t.Best
                   select (IReadOnlyList<string>)[
                       m.Id, t.Task, Format.Loss(t.Unpruned?.ValidationLoss), Format.Loss(t.Unpruned?.TestLoss), Format.Count(c?.Nodes), Format.Count(c?.Edges),
                       Format.Loss(c?.LossBefore), Format.Loss(c?.Loss), Format.Loss(c?.TestLoss), Format.Percent(c?.TestAccuracy), Reached(t)];
        return new ReportTable(
            $"Circuits; target {Format.Short(report.Spec.Pruning.TargetLoss)}{(report.Spec.Pruning.Margin > 0 ? $" less a margin of {Format.Short(report.Spec.Pruning.Margin)}" : "")} nats",
            ["model", "task", "unpruned validation", "unpruned test", "nodes", "edges", "before calibration", "loss", "test loss", "test accuracy", "reached"],
            [.. rows], TextColumns: 2);
    }

    /// <summary>One row per task where attribution found a circuit.</summary>
    public static ReportTable Attribution(ReportDocument report)
    {
        var target = report.Spec.Pruning.SelectionLoss;
        var rows = from m in report.Models
                   from t in m.Tasks
                   where t.Attribution is not null
                   let a = t.Attribution
                   let both = t.Best is { Reached: true } && a.ValidationLoss <= target
                   select (IReadOnlyList<string>)[
                       m.Id, t.Task, Format.Count(t.Best?.Nodes), Format.Count(t.Best?.Edges), Format.Loss(t.Best?.Loss), Format.Count(a.Nodes), Format.Count(a.Edges),
                       Format.Loss(a.ValidationLoss), both ? Format.Short((double)Math.Max(1, a.Edges) / Math.Max(1, t.Best!.Edges)) : Format.None];
        return new ReportTable(
            "Learned masks against attribution",
            ["model", "task", "learned nodes", "edges", "loss", "attribution nodes", "edges of attribution", "loss of attribution", "times as many edges"], [.. rows], TextColumns: 2);
    }

    /// <summary>One row per failure.</summary>
    public static ReportTable Failures(ReportDocument report) =>
        new("Failures", ["what", "why"], [.. report.Failures.Select(f => (IReadOnlyList<string>)[f.Subject, f.Reason])], TextColumns: 2);

    private static string Headline(ReportModel m)
    {
        if (m.Tasks.Count == 0) return m.Selected || m.Trained is null ? Format.None : "not selected";
        var edges = m.GeometricMeanEdges is { } g ? Format.Short(g) : Format.None;
        return m.TasksReached == m.Tasks.Count ? edges : $"{edges} ({m.TasksReached} of {m.Tasks.Count} tasks)";
    }

    private static string Reached(ReportTask t) => t switch
    {
        { Failure: not null } => "failed",
        { Best: null, Completed: false } => "not yet",
        { Best: null } => "no circuit",
        { Best.Reached: true, Completed: true } => "yes",
        { Best.Reached: true } => "yes, so far",
        { Completed: true } => "no",
        _ => "not yet",
    };
}
