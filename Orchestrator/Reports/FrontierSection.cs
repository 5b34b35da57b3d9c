using System.Globalization;
using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about pretraining loss against the size of circuits, over all models [G fig. 3].</summary>
internal static class FrontierSection
{
    /// <summary>The section of <paramref name="report"/>; null without tasks.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        if (!report.HasTasks()) return null;
        var models = report.Models.Where(m => m is { Trained: not null, Tasks.Count: > 0 }).ToList();
        var most = models.Select(m => m.TasksCounted).DefaultIfEmpty().Max();
        // One that reaches next to nothing would leave no tasks to compare the others by.
        var compared = models.Where(m => m.TasksCounted > 0 && 2 * m.TasksCounted >= most).ToList();
        IReadOnlyList<string> common =
            [.. report.Spec.Tasks.Where(task => compared.Count > 0 && compared.All(m => Counted(m, task) is not null))];
        var points = compared.Where(_ => common.Count > 0)
            .Select(m => new Point(
                m, m.Trained!.ValidationLoss, GeometricMean.Of(common.Select(task => Counted(m, task)!.Value))!.Value)).ToList();
        return new ReportSection(
            "Capability and interpretability", [Words(models.Count, compared.Count, common)], [Table(models, points, common.Count)],
            points.Count == 0 ? [] : [Plot(points, report.Spec.Grid.L0ReferenceWidth)]);
    }

    private static string Words(int models, int compared, IReadOnlyList<string> common) =>
        "Pretraining loss against the size of circuits: further left is more capable, lower is easier to understand. Models are compared "
            + "by the same tasks: those that every compared model reaches the target on with a circuit that has edges. A model is compared "
            + "when it has at least half as many such tasks as the one that has most. "
        + (common.Count > 0
            ? $"Here {compared} of {models} models are, by {common.Count} {(common.Count == 1 ? "task" : "tasks")}: "
                + $"{string.Join(", ", common)}."
            : $"Here {compared} of {models} models would be, but they have no task in common.");

    private static ReportTable Table(IReadOnlyList<ReportModel> models, IReadOnlyList<Point> points, int common) => new(
        "Validation loss and edges",
        ["model", "L0 target", "width", "layers", "validation loss", "tasks with a circuit", $"edges, geometric mean of {common}"],
        [
            .. from m in models
               let point = points.FirstOrDefault(p => p.Model == m)
               select (IReadOnlyList<string>)[
                   m.Id, Format.Short(m.L0Target), Format.Count(m.DModel), Format.Count(m.NLayer), Format.Loss(m.Trained!.ValidationLoss),
                   $"{m.TasksCounted} of {m.Tasks.Count}", Format.Short(point?.Edges)],
        ]);

    private static ReportFigure Plot(IReadOnlyList<Point> points, int referenceWidth)
    {
        // Where L0 is that of a reference width, models of one budget belong together, whatever fraction of theirs it is.
        double Budget(ReportModel m) => referenceWidth == 0 || m.L0Target == 1
            ? m.L0Target
            : Math.Round(m.L0Target * m.DModel / referenceWidth * m.DModel / referenceWidth, 9);
        var at = referenceWidth == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" at width {referenceWidth}");
        var depths = points.Select(p => p.Model.NLayer).Distinct().Count();
        return new("frontier", new LinePlot
        {
            Title = "Circuit size against validation loss",
            XLabel = "validation loss, nats per token",
            YLabel = "edges, geometric mean",
            YLog = true,
            Series =
            [
                .. from p in points
                   group p by (L0: Budget(p.Model), p.Model.NLayer) into level
                   orderby level.Key descending
                   let widths = level.OrderBy(p => p.Model.DModel).ToList()
                   select new Series(
                       string.Create(
                           CultureInfo.InvariantCulture,
                           $"L0 {level.Key.L0}{(level.Key.L0 == 1 ? "" : at)}{(depths > 1 ? $", {level.Key.NLayer} layers" : "")}"),
                       [.. widths.Select(p => (p.Loss, p.Edges))], Markers: true,
                       // Replicas have no order in which to join them.
                       Line: widths.DistinctBy(p => p.Model.DModel).Count() == widths.Count),
            ],
        }.Draw(), "One line for each L0, through its widths; one dot per model.");
    }

    private static int? Counted(ReportModel model, string task) => CountedEdges.In(model, task, CountedEdges.OfBest);

    private sealed record Point(ReportModel Model, double Loss, double Edges);
}
