using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about what circuits of other sizes would reach.</summary>
internal static class LossAgainstSizeSection
{
    private const string Words =
        "Each line is the best circuit's bisection: every number of nodes that was probed, after calibration. The smallest "
            + "number at or below the lowest dashed line is the circuit. A probe of no nodes at all has no place on the log axis.";

    /// <summary>The section of <paramref name="report"/>; null without tasks.</summary>
    public static ReportSection? Of(ReportDocument report) =>
        report.HasTasks() ? new("Loss against size", [Words], [], [.. Figures(report)]) : null;

    private static IEnumerable<ReportFigure> Figures(ReportDocument report) =>
        from task in report.Spec.Tasks
        let series = report.WithTask(task).Where(p => p.Task.Best is not null)
            .Select(p => new Series(p.Model.Id, [.. p.Task.Best!.Curve.Select(probe => ((double)probe.K, probe.Loss))], Markers: true))
            .ToList()
        where series.Count > 0
        select new ReportFigure($"loss-vs-size-{task}", new LinePlot
        {
            Title = $"{task}: loss against size",
            XLabel = "nodes kept",
            YLabel = "validation loss, nats",
            XLog = true,
            Series = series,
            References = References(report.Spec.Pruning),
        }.Draw(), $"{task}: calibrated loss of the circuits that the bisection probed.");

    private static (string, double)[] References(PruningOptions options) =>
    [
        ("target", options.TargetLoss),
        .. options.Margin > 0 ? [("target less margin", options.SelectionLoss)] : Array.Empty<(string, double)>(),
    ];
}
