using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about the size of circuits for several target losses, model by model [G fig. 2].</summary>
internal static class TargetLossSection
{
    private const string Words =
        "The best pruning of each search, bisected to each target loss on the validation pairs, without any margin. Each mean is over the "
            + "tasks that reach the loss with a circuit that has edges, and says how many these are: a harder target loses tasks, an "
            + "easier one leaves some without edges, so that the numbers of a model are not all of the same tasks.";

    /// <summary>The section of <paramref name="report"/>; null where no such circuits were found.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        var models = report.Models.Where(m => m.Tasks.Any(t => t.Targets is not null)).ToList();
        if (models.Count == 0) return null;
        double[] targets = [.. report.Spec.TargetLosses.Order()];
        List<ReportTable> tables = [Sizes(models, targets)];
        if (Empty(models, targets) is { Rows.Count: > 0 } empty) tables.Add(empty);
        return new ReportSection("Circuits by target loss", [Words], tables, Plot(models, targets) is { } plot ? [plot] : []);
    }

    private static ReportTable Sizes(IReadOnlyList<ReportModel> models, IReadOnlyList<double> targets) => new(
        "Edges by target loss, geometric mean",
        ["model", .. targets.Select(target => $"at {Format.Short(target)}")],
        [
            .. models.Select(m => (IReadOnlyList<string>)[
                m.Id, .. targets.Select(target => GeometricMean.Text(Edges(m, target), m.Tasks.Count))]),
        ]);

    private static ReportTable Empty(IReadOnlyList<ReportModel> models, IReadOnlyList<double> targets) => new(
        "Left out of these means: reached without any edge",
        ["model", "at", "tasks"],
        [
            .. from m in models
               from target in targets
               let empty = m.Tasks.Where(t => CountedEdges.IsEmptyAt(t, target)).Select(t => t.Task).ToList()
               where empty.Count > 0
               select (IReadOnlyList<string>)[m.Id, Format.Short(target), string.Join(", ", empty)],
        ], TextColumns: 3);

    private static ReportFigure? Plot(IReadOnlyList<ReportModel> models, IReadOnlyList<double> targets)
    {
        List<Series> series =
        [
            .. from m in models
               let points = from target in targets
                            let mean = GeometricMean.Of(Edges(m, target))
                            where mean is not null
                            select (target, mean.Value)
               where points.Any()
               select new Series(m.Id, [.. points], Markers: true),
        ];
        return series.Count == 0 ? null : new("edges-vs-target-loss", new LinePlot
        {
            Title = "Circuit size against target loss",
            XLabel = "target loss, nats",
            YLabel = "edges, geometric mean",
            XLog = true,
            YLog = true,
            Series = series,
        }.Draw(), "Edges of the smallest circuits for each target loss; over how many tasks each point is stands in the table.");
    }

    private static IReadOnlyCollection<int> Edges(ReportModel model, double target) =>
        [.. model.Tasks.Select(CountedEdges.At(target)).OfType<int>()];
}
