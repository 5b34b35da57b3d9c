using Sweeps.Orchestrator.Reports.Statistics;

namespace Sweeps.Orchestrator.Reports;

/// <summary>Circuits whose edges were pruned, beside what node pruning alone gives.</summary>
internal static class EdgeSection
{
    private const string Words =
        "Node pruning keeps every nonzero weight between two kept nodes. Here each of these edges of the best circuit has a mask "
            + "of its own, trained, bisected and calibrated as those of nodes are; a dropped edge carries the mean of the node "
            + "that it reads. The last column is how many times as many edges node pruning leaves, where both reach the target with edges.";

    /// <summary>The section of <paramref name="report"/>; null where no edges were pruned.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        if (!report.AnyTask(t => t.Edges is not null)) return null;
        var pairs = report.Models.SelectMany(m => m.Tasks).SelectMany(t => Pair(report, t)).ToList();
        string[] mean = PairedRatio.Of(pairs, new KeyedRandom(report.Spec.Seed, "report", "edges")) is { } ratio
            ? [
                $"Node pruning leaves {Format.Short(ratio.Ratio)} times as many edges: geometric mean over {Format.Count(pairs.Count)} "
                + $"circuits of {Format.Count(ratio.Tasks)} tasks.",
            ]
            : [];
        return new("Pruned edges", [Words, .. mean], [Table(report)], []);
    }

    /// <summary>One row per circuit whose edges were pruned.</summary>
    public static ReportTable Table(ReportDocument report)
    {
        var rows = from m in report.Models
                   from t in m.Tasks
                   where t.Edges is not null
                   let e = t.Edges
                   let pair = Pair(report, t).FirstOrDefault()
                   select (IReadOnlyList<string>)[
                       m.Id, t.Task, Format.Count(t.Best?.Nodes), Format.Count(t.Best?.Edges), Format.Loss(t.Best?.Loss), Format.Loss(
                           t.Best?.TestLoss),
                       Format.Count(e.Nodes), Format.Count(e.Edges), Format.Loss(e.ValidationLoss), Format.Loss(e.TestLoss),
                       Format.Short(pair?.Other / pair?.Size)];
        return new ReportTable(
            "Edges pruned by masks of their own",
            [
                "model", "task", "nodes", "edges by node pruning", "loss", "test loss", "nodes left", "edges left", "loss of these",
                "test loss of these", "times "
                + "as many edges",
            ],
            [.. rows], TextColumns: 2);
    }

    private static IEnumerable<SizePair> Pair(ReportDocument report, ReportTask task) =>
        CountedEdges.OfBest(task) is { } nodes && CountedEdges.Of(task, task.Edges, report.Spec.Pruning) is { } edges
            ? [new SizePair(task.Task, 0, edges, nodes)]
            : [];
}
