namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section that sets learned masks beside the attribution baseline [G fig. 31].</summary>
internal static class AttributionSection
{
    private const string Words =
        "Attribution ranks nodes by |activation − mean| · |gradient of the task loss|, without any training, and is bisected and "
            + "calibrated as learned masks are. The last column is how many times as many edges its circuit has, where both "
            + "reach the target.";

    /// <summary>The section of <paramref name="report"/>; null where attribution found no circuit.</summary>
    public static ReportSection? Of(ReportDocument report) =>
        report.AnyTask(t => t.Attribution is not null)
            ? new("Learned masks against attribution", [Words], [ReportTables.Attribution(report)], [])
            : null;
}
