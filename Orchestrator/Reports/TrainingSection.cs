using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about the models' training.</summary>
internal static class TrainingSection
{
    /// <summary>
    /// The section of <paramref name="report"/>, with the curves of <paramref name="inputs"/>; null where all models were imported.
    /// </summary>
    public static ReportSection? Of(ReportDocument report, ReportInputs inputs) =>
        report.Models.All(m => m.ImportedSha256 is not null)
            ? null
            : new(
                "Training", [.. TrainingSearchTables.Words(report), .. EarlyStoppingTables.Words(report)],
                [.. TrainingSearchTables.Best(report), .. EarlyStoppingTables.Stopped(report)],
                [.. TrainingSearchTables.Progress(report), .. Figures(report, inputs)])
            {
                Folded = [.. report.TrainingSearches.Select(search => TrainingSearchTables.Of(report, search))],
            };

    private static IEnumerable<ReportFigure> Figures(ReportDocument report, ReportInputs inputs)
    {
        var curves = report.Models.Where(m => m.ImportedSha256 is null && report.IsListed(m) && inputs.Curves.ContainsKey(m.Id))
            .Select(m => (m.Id, inputs.Curves[m.Id].Points)).ToList();
        if (curves.Count == 0) yield break;
        (string, double)[] bigram = report.Corpus is { } corpus ? [("bigram baseline", corpus.BigramLoss)] : [];
        yield return new("validation-loss", new LinePlot
        {
            Title = "Validation loss",
            XLabel = "step",
            YLabel = "nats per token",
            References = bigram,
            Series =
            [
                .. from curve in curves
                   let evaluated = curve.Points.Where(p => p.Evaluation is not null)
                   select new Series(curve.Id, [.. evaluated.Select(p => ((double)p.Step, p.Evaluation!.Loss))], Markers: true),
            ],
        }.Draw(), "Validation loss during training, against the bigram baseline.");
        yield return new("training-loss", new LinePlot
        {
            Title = "Training loss",
            XLabel = "step",
            YLabel = "nats per token",
            Series = [.. curves.Select(c => new Series(c.Id, [.. c.Points.Select(p => ((double)p.Step, p.Loss))]))],
        }.Draw(), "Training loss.");
        yield return new("l0", new LinePlot
        {
            Title = "L0 during training",
            XLabel = "step",
            YLabel = "fraction of nonzeros",
            YLog = true,
            Series = [.. curves.Select(c => new Series(c.Id, [.. c.Points.Select(p => ((double)p.Step, p.L0))]))],
        }.Draw(), "The fraction of weights that are not zero falls to its target, then stays.");
    }
}
