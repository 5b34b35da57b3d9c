using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section that sets each sparse model beside the dense one of the nearest pretraining loss [G fig. 2].</summary>
internal static class MatchedLossSection
{
    private const string Words =
        "Each sparse model beside the dense one (L0 1) whose validation loss is nearest. Edges are geometric means over the tasks on which the circuits of both reach the loss, a circuit without edges "
        + "counting as one edge; the last column is how many times as many edges the dense model's circuits have. The paper finds about sixteen times as many at any loss.";

    private const string TargetWords =
        "By target loss: the best pruning of each search, bisected to each loss on the validation pairs, without any margin. Tasks differ between targets, so that a row compares the two models, and rows do not compare with each other.";

    /// <summary>The section of <paramref name="report"/>; null where no sparse model has a dense one beside it.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        var pairs = Pairs(report.Models).ToList();
        if (pairs.Count == 0) return null;
        var target = report.Spec.Pruning.TargetLoss;
        var byTarget = report.Spec.TargetLosses.Count > 0;
        return new ReportSection(
            "Dense and sparse at matched pretraining loss",
            byTarget ? [Words, TargetWords] : [Words],
            [Summary(pairs, target), .. byTarget ? [Targets(report, pairs)] : Array.Empty<ReportTable>(), Tasks(pairs, target)],
            byTarget ? [.. pairs.Select(pair => Plot(report, pair)).OfType<ReportFigure>()] : []);
    }

    private static IEnumerable<Pair> Pairs(IReadOnlyList<ReportModel> models)
    {
        var searched = models.Where(m => m is { Trained: not null, Tasks.Count: > 0 }).ToList();
        return from sparse in searched
               where sparse.L0Target < 1
               let dense = searched.Where(m => m.L0Target == 1).MinBy(m => Math.Abs(m.Trained!.ValidationLoss - sparse.Trained!.ValidationLoss))
               where dense is not null
               select new Pair(sparse, dense);
    }

    private static ReportTable Summary(IReadOnlyList<Pair> pairs, double target) => new(
        $"Pairs; edges at the prunings' target of {Format.Short(target)} nats",
        ["sparse", "dense", "sparse validation loss", "dense validation loss", "dense − sparse", "tasks", "sparse edges", "dense edges", "times as many"],
        [
            .. from pair in pairs
               let difference = pair.Dense.Trained!.ValidationLoss - pair.Sparse.Trained!.ValidationLoss
               let at = pair.Compare(AtTarget)
               select (IReadOnlyList<string>)[
                   pair.Sparse.Id, pair.Dense.Id, Format.Loss(pair.Sparse.Trained!.ValidationLoss), Format.Loss(pair.Dense.Trained!.ValidationLoss),
                   $"{(difference < 0 ? "−" : "+")}{Format.Loss(Math.Abs(difference))}", .. Cells(at)],
        ], TextColumns: 2);

    private static ReportTable Targets(ReportDocument report, IReadOnlyList<Pair> pairs) => new(
        "Edges by target loss",
        ["sparse", "dense", "target", "tasks", "sparse edges", "dense edges", "times as many"],
        [
            .. from pair in pairs
               from target in report.Spec.TargetLosses.Order()
               select (IReadOnlyList<string>)[pair.Sparse.Id, pair.Dense.Id, Format.Short(target), .. Cells(pair.Compare(At(target)))],
        ], TextColumns: 2);

    private static ReportTable Tasks(IReadOnlyList<Pair> pairs, double target) => new(
        $"Edges by task, at {Format.Short(target)} nats",
        ["sparse", "dense", "task", "sparse edges", "dense edges", "times as many"],
        [
            .. from pair in pairs
               from task in pair.Tasks
               let sparse = AtTarget(task.Sparse)
               let dense = AtTarget(task.Dense)
               select (IReadOnlyList<string>)[pair.Sparse.Id, pair.Dense.Id, task.Sparse.Task, Format.Count(sparse), Format.Count(dense), Format.Short(Ratio(sparse, dense))],
        ], TextColumns: 3);

    private static ReportFigure? Plot(ReportDocument report, Pair pair)
    {
        var points = report.Spec.TargetLosses.Order().Select(target => (Target: target, At: pair.Compare(At(target)))).Where(p => p.At.Tasks > 0).ToList();
        if (points.Count == 0) return null;
        return new($"matched-{pair.Sparse.Id}", new LinePlot
        {
            Title = $"{pair.Sparse.Id} and {pair.Dense.Id}: circuit size against task loss",
            XLabel = "target loss, nats",
            YLabel = "edges, geometric mean",
            XLog = true,
            YLog = true,
            Series =
            [
                new($"sparse, {pair.Sparse.Id}", [.. points.Select(p => (p.Target, p.At.Sparse!.Value))], Markers: true),
                new($"dense, {pair.Dense.Id}", [.. points.Select(p => (p.Target, p.At.Dense!.Value))], Markers: true),
            ],
        }.Draw(), $"Edges of the smallest circuits for each target loss, over the tasks on which both models reach it: {string.Join(", ", points.Select(p => $"{p.At.Tasks} at {Format.Short(p.Target)}"))}.");
    }

    private static IEnumerable<string> Cells(Comparison at) =>
        [Format.Count(at.Tasks), Format.Short(at.Sparse), Format.Short(at.Dense), Format.Short(at.Dense / at.Sparse)];

    private static int? AtTarget(ReportTask task) => task.Best is { Reached: true } best ? best.Edges : null;

    private static Func<ReportTask, int?> At(double target) => task => task.Targets?.Points.FirstOrDefault(p => p.Target == target)?.Smallest?.Edges;

    private static double? Ratio(int? sparse, int? dense) => sparse is { } s && dense is { } d ? (double)Math.Max(1, d) / Math.Max(1, s) : null;

    /// <summary>Geometric means over the tasks on which both have a circuit; null without any.</summary>
    private sealed record Comparison(int Tasks, double? Sparse, double? Dense);

    private sealed record Pair(ReportModel Sparse, ReportModel Dense)
    {
        public IEnumerable<(ReportTask Sparse, ReportTask Dense)> Tasks => Sparse.Tasks.Join(Dense.Tasks, t => t.Task, t => t.Task, (s, d) => (s, d));

        public Comparison Compare(Func<ReportTask, int?> edges)
        {
            var both = Tasks.Select(t => (Sparse: edges(t.Sparse), Dense: edges(t.Dense))).Where(e => e.Sparse is not null && e.Dense is not null).ToList();
            return new Comparison(both.Count, GeometricMean.OfEdges(both.Select(e => e.Sparse!.Value)), GeometricMean.OfEdges(both.Select(e => e.Dense!.Value)));
        }
    }
}
