using Sweeps.Orchestrator.Reports.Statistics;
using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section that compares circuits of sparse and dense models of equal pretraining loss [G fig. 2].</summary>
internal static class MatchedLossSection
{
    private const string Own = "own";

    private static readonly string _words =
        "A sparse model is compared with a dense one (L0 1) of its own pretraining (validation) loss, task by task: the logarithm of the "
            + "dense edges is interpolated in validation loss between the two dense models of the same depth and replica next to it. "
            + $"Where it lies outside their range, or the nearest is more than {Format.Short(DenseMatch.MaxDistance)} nats away, it is "
            + "unmatched: shown, but in no headline. Means and ratios are geometric, over tasks with a circuit that has edges in all "
            + "three models.";

    private static readonly string _intervalWords =
        $"The interval is that of 95 % of {Format.Count(RatioBootstrap.Draws)} bootstrap samples of the tasks, and of the replicas where "
            + "there are several; with one replica it says nothing about other seeds. The paper finds about sixteen times as many edges "
            + "at any loss.";

    private const string BoundWords =
        "Without interpolation, and however far away: each sparse model against the dense one of the next higher validation loss. That one "
            + "is no more capable, so that larger circuits are not the price of capability.";

    private const string TargetWords =
        "By target loss: the best pruning of each search, bisected to each loss on the validation pairs, without any margin. Tasks differ "
            + "between targets, so that a row compares sparse with dense, and rows do not compare with each other.";

    /// <summary>The section of <paramref name="report"/>; null where no sparse model has a dense one beside it.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        var matches = DenseMatch.Of(report.Models);
        if (matches.Count == 0) return null;
        var groups = DenseGroup.Of(matches);
        var bounds = Bounds(report, matches);
        var byTarget = report.Spec.TargetLosses.Count > 0;
        return new ReportSection(
            "Dense and sparse at equal pretraining loss",
            [
                Headline(report, matches), _words, _intervalWords, .. bounds.Rows.Count > 0 ? [BoundWords] : Array.Empty<string>(),
                .. byTarget ? [TargetWords] : Array.Empty<string>(),
            ],
            [
                Models(matches), Ratios(report, matches, groups), .. bounds.Rows.Count > 0 ? [bounds] : Array.Empty<ReportTable>(),
                Tasks(report, matches),
            ],
            byTarget ? [.. groups.Select(group => Plot(report, group)).OfType<ReportFigure>()] : []);
    }

    private static string Headline(ReportDocument report, IReadOnlyList<DenseMatch> matches)
    {
        var unmatched = matches.Count(m => m.Unmatched is not null);
        var left = unmatched == 0 ? "" : $" {unmatched} of {matches.Count} sparse models are unmatched and left out here.";
        return All(matches).Compare(CountedEdges.OfBest, report.Spec.Seed, Own) is { } ratio
            ? $"At equal pretraining loss a dense model's circuits have {Format.Short(ratio.Ratio)} times as many edges as a sparse one's"
                + $"{(ratio.Interval is null ? "" : $", 95 % interval {Format.Interval(ratio.Interval)}")}; geometric mean over "
                + $"{Format.Counted(ratio.Tasks, "task")} in "
                + $"{Format.Counted(matches.Count - unmatched, "sparse model")}.{left}"
            : $"No ratio can be given: no sparse model has a dense one of its pretraining loss, and a task with a circuit in both.{left}";
    }

    private static ReportTable Models(IReadOnlyList<DenseMatch> matches) => new(
        "Sparse models, and the dense ones next to them in validation loss",
        ["sparse", "dense below", "dense above", "matched", "loss, sparse", "loss, dense below", "loss, dense above", "nearest"],
        [
            .. matches.Select(m => (IReadOnlyList<string>)[
                m.Sparse.Id, m.Below.Id, m.Above.Id, m.Unmatched is { } why ? $"unmatched: {why}" : "matched",
                Format.Loss(m.Sparse.Trained!.ValidationLoss),
                Format.Loss(m.Below.Trained!.ValidationLoss), Format.Loss(m.Above.Trained!.ValidationLoss), Format.Loss(m.Distance)]),
        ], TextColumns: 4);

    private static ReportTable Ratios(ReportDocument report, IReadOnlyList<DenseMatch> matches, IReadOnlyList<DenseGroup> groups)
    {
        DenseGroup[] rows = groups.Count(g => g.Matched) > 1 ? [All(matches), .. groups] : [.. groups];
        var losses = from target in report.Spec.TargetLosses.Order()
                     select (Name: Format.Short(target), Edges: CountedEdges.At(target));
        return new ReportTable(
            $"Edges by loss; {Own}: the search's own circuits, at {Format.Short(report.Spec.Pruning.SelectionLoss)} on validation pairs",
            ["sparse models", "loss", "tasks", "sparse edges", "dense edges", "times as many", "95 % interval"],
            [
                .. from row in rows
                   from at in losses.Prepend((Name: Own, Edges: CountedEdges.OfBest))
                   let ratio = row.Compare(at.Edges, report.Spec.Seed, at.Name)
                   select (IReadOnlyList<string>)[
                       row.Name, at.Name, Format.Count(ratio?.Tasks ?? 0), Format.Short(ratio?.Size), Format.Short(ratio?.Other),
                       Format.Short(ratio?.Ratio),
                       Format.Interval(ratio?.Interval)],
            ], TextColumns: 2);
    }

    private static ReportTable Bounds(ReportDocument report, IReadOnlyList<DenseMatch> matches) => new(
        $"Against the next dense model, which is no more capable; at {Format.Short(report.Spec.Pruning.SelectionLoss)} on validation pairs",
        ModelPairs.Columns("sparse", "dense"),
        [
            .. from match in matches
               let dense = match.NoMoreCapable
               where dense is not null
               group new ModelPair(match.Sparse, dense) by (match.Sparse.DModel, match.Sparse.NLayer, match.Sparse.L0Target) into same
               let pairs = new ModelPairs(null, [.. same])
               select pairs.Row(pairs.Compare(report.Spec.Seed, "no more capable")),
        ], ModelPairs.TextColumns);

    private static ReportTable Tasks(ReportDocument report, IReadOnlyList<DenseMatch> matches) => new(
        $"Edges by task, at {Format.Short(report.Spec.Pruning.SelectionLoss)} on validation pairs; dense: interpolated",
        ["sparse", "task", "sparse edges", "dense edges", "times as many"],
        [
            .. from match in matches
               from task in match.Sparse.Tasks
               let sparse = CountedEdges.OfBest(task)
               let dense = match.DenseEdges(task.Task, CountedEdges.OfBest)
               select (IReadOnlyList<string>)[
                   match.Sparse.Id, task.Task, Format.Count(sparse), Format.Short(dense), Format.Short(dense / sparse)],
        ], TextColumns: 2);

    private static ReportFigure? Plot(ReportDocument report, DenseGroup group)
    {
        var points = report.Spec.TargetLosses.Order()
            .Select(target => (Target: target, At: group.Compare(CountedEdges.At(target), report.Spec.Seed, Format.Short(target))))
            .Where(p => p.At is not null).ToList();
        if (points.Count == 0) return null;
        return new($"matched-{group.Matches[0].Sparse.Id}", new LinePlot
        {
            Title = $"{group.Name}: circuit size against task loss",
            XLabel = "target loss, nats",
            YLabel = "edges, geometric mean",
            XLog = true,
            YLog = true,
            Series =
            [
                new("sparse", [.. points.Select(p => (p.Target, p.At!.Size))], Markers: true),
                new("dense, interpolated", [.. points.Select(p => (p.Target, p.At!.Other))], Markers: true),
            ],
        }.Draw(), $"{group.Name}: edges of the smallest circuits for each target loss, over the tasks that sparse and dense both reach it "
            + $"on: {string.Join(", ", points.Select(p => $"{p.At!.Tasks} at {Format.Short(p.Target)}"))}.");
    }

    private static DenseGroup All(IReadOnlyList<DenseMatch> matches) =>
        new("all matched", [.. matches.Where(m => m.Unmatched is null)], Matched: true);
}
