namespace Sweeps.Orchestrator.Reports;

/// <summary>The tables of a report, the same in the terminal, in Markdown and in HTML.</summary>
internal static class ReportTables
{
    /// <summary>A column of <see cref="Circuits"/> that a narrow terminal goes without.</summary>
    public const string
        Unpruned = "unpruned, validation pairs", BeforeCalibration = "before calibration", Accuracy = "accuracy, test pairs";

    public static ReportTable Models(ReportDocument report)
    {
        var rows = report.Models.Where(report.IsListed).Select(m =>
        {
            var t = m.Trained;
            return (IReadOnlyList<string>)[
                m.Id, Format.Short(m.L0Target), Format.Short(t?.L0), Format.Count(t?.Nonzeros), Format.Count(
                    t?.Parameters), Format.Loss(t?.TrainLoss),
                Format.Loss(t?.ValidationLoss), Format.Loss(report.Corpus?.BigramLoss), Format.Percent(t?.DeadFraction), Format.Short(
                    t?.ResidualKurtosis),
                m.Tasks.Count == 0 ? Format.None : $"{Format.Count(m.Holds)} of {Format.Count(m.Tasks.Count)}", Headline(m)];
        });
        return new ReportTable(
            report.TrainingSearches.Any(s => s.Ended is not null)
                ? "Models; of each search over the training that has ended, the best"
                : "Models",
            [
                "model", "L0 target", "L0", "nonzeros", "parameters", "train loss", "validation loss", "bigram", "dead", "kurtosis", "hold",
                "edges, geometric mean",
            ],
            [.. rows]);
    }

    /// <summary>One row per selected model and task.</summary>
    public static ReportTable Circuits(ReportDocument report)
    {
        var rows = from m in report.Models
                   from t in m.Tasks
                   let c = t.Best
                   select (IReadOnlyList<string>)[
                       m.Id, t.Task, Format.Loss(t.Unpruned?.ValidationLoss), Format.Loss(t.Unpruned?.TestLoss), Format.Count(
                           c?.Nodes), Format.Count(c?.Edges),
                       Format.Loss(c?.LossBefore), Format.Loss(c?.Loss), Format.Loss(c?.TestLoss), Format.Percent(c?.TestAccuracy),
                       CircuitVerdicts.Words(t.Verdict)];
        var options = report.Spec.Pruning;
        var margin = options.Margin > 0 ? $", less a margin of {Format.Short(options.Margin)} on validation pairs" : "";
        return new ReportTable(
            $"Circuits; target {Format.Short(options.TargetLoss)} nats{margin}",
            [
                "model", "task", Unpruned, "unpruned, test pairs", "nodes", "edges", BeforeCalibration, "loss, validation pairs",
                "loss, test pairs",
                Accuracy, "verdict",
            ],
            [.. rows], TextColumns: 2);
    }

    public static ReportTable Failures(ReportDocument report) =>
        new("Failures", ["what", "why"], [.. report.Failures.Select(f => (IReadOnlyList<string>)[f.Subject, f.Reason])], TextColumns: 2);

    private static string Headline(ReportModel m) => m.Stopped is not null ? "stopped early"
        : m.Tasks.Count == 0
        ? m.Selected || m.Trained is null ? Format.None : "not selected"
        : GeometricMean.Text([.. m.Tasks.Select(CountedEdges.OfBest).OfType<int>()], m.Tasks.Count);
}
