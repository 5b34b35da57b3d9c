using Sweeps.Orchestrator.Reports.Statistics;
using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section that sets learned masks beside the attribution baseline [G fig. 31].</summary>
internal static class AttributionSection
{
    private const string Words =
        "Attribution ranks nodes by (activation − mean) · gradient of the task loss, without any training, and is bisected and "
            + "calibrated as learned masks are. The positions of a prompt are summed by magnitude or with their signs, whichever gives the "
            + "smaller circuit on validation pairs. Ratios are how many times as many edges its circuit has, of circuits with edges that "
            + "both "
            + "reach the target with; means are geometric, and the intervals are those of 95 % of bootstrap samples of the tasks.";

    /// <summary>The section of <paramref name="report"/>; null where attribution found no circuit.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        var models = report.Models.Where(m => m.Tasks.Any(t => t.Attribution is not null)).ToList();
        return models.Count == 0
            ? null
            : new("Learned masks against attribution", [Words], [Ratios(report, models), Circuits(report)], [.. Figure(report, models)]);
    }

    /// <summary>Each task's circuits of both, one dot each; none where no task has both.</summary>
    private static IEnumerable<ReportFigure> Figure(ReportDocument report, List<ReportModel> models)
    {
        var series = models
            .Select(m => new Series(
                m.Id, [.. m.Tasks.SelectMany(t => Pair(report, t)).Select(pair => ((double)pair.Size, (double)pair.Other))],
                Markers: true, Line: false))
            .Where(s => s.Points.Count > 0).ToList();
        if (series.Count == 0) yield break;
        // Where both are as large.
        double[] sizes = [.. series.SelectMany(s => s.Points).SelectMany(p => new[] { p.X, p.Y })];
        series.Add(new Series("as many", [(sizes.Min(), sizes.Min()), (sizes.Max(), sizes.Max())]));
        yield return new ReportFigure("learned-vs-attribution", new LinePlot
        {
            Title = "Learned masks against attribution",
            XLabel = "edges of the learned circuit",
            YLabel = "edges of attribution's",
            XLog = true,
            YLog = true,
            Series = series,
        }.Draw(), "One dot for each task of each model where both reach the target; above the line learned masks are smaller.");
    }

    private static ReportTable Ratios(ReportDocument report, List<ReportModel> models)
    {
        IEnumerable<(string Name, List<ReportModel> Models)> rows = models.Select(m => (m.Id, new List<ReportModel> { m }));
        if (models.Count > 1) rows = rows.Prepend(("all", models));
        return new ReportTable(
            "Attribution's edges against those of learned masks",
            [
                "model", "circuits compared", "reached by learned masks", "by attribution", "by both", "learned edges",
                "attribution's edges", "times as many", "95 % interval",
            ],
            [
                .. from row in rows
                   let tasks = row.Models.SelectMany(m => m.Tasks).Where(t => t.Attribution is not null).ToList()
                   let pairs = tasks.SelectMany(t => Pair(report, t)).ToList()
                   let ratio = PairedRatio.Of(pairs, new KeyedRandom(report.Spec.Seed, "report", "attribution", row.Name))
                   select (IReadOnlyList<string>)[
                       row.Name, Format.Count(tasks.Count), Format.Count(tasks.Count(t => CountedEdges.OfBest(t) is not null)),
                       Format.Count(tasks.Count(t => Attributed(report, t) is not null)), Format.Count(pairs.Count),
                       Format.Short(ratio?.Size),
                       Format.Short(ratio?.Other), Format.Short(ratio?.Ratio),
                       Format.Interval(ratio?.Interval)],
            ]);
    }

    // One row per task where attribution found a circuit.
    private static ReportTable Circuits(ReportDocument report) => new(
        "Circuits of both",
        [
            "model", "task", "learned nodes", "edges", "loss", "attribution nodes", "edges of attribution", "loss of attribution",
            "times as many edges",
        ],
        [
            .. from m in report.Models
               from t in m.Tasks
               where t.Attribution is not null
               let a = t.Attribution
               let pair = Pair(report, t).FirstOrDefault()
               select (IReadOnlyList<string>)[
                   m.Id, t.Task, Format.Count(t.Best?.Nodes), Format.Count(t.Best?.Edges), Format.Loss(t.Best?.Loss), Format.Count(a.Nodes),
                   Format.Count(a.Edges),
                   Format.Loss(a.ValidationLoss), Format.Short(pair?.Other / pair?.Size)],
        ], TextColumns: 2);

    // Replicas count as one: the interval is one over tasks.
    private static IEnumerable<SizePair> Pair(ReportDocument report, ReportTask task) =>
        CountedEdges.OfBest(task) is { } learned && Attributed(report, task) is { } attributed
            ? [new SizePair(task.Task, 0, learned, attributed)]
            : [];

    private static int? Attributed(ReportDocument report, ReportTask task) => CountedEdges.Of(task, task.Attribution, report.Spec.Pruning);
}
