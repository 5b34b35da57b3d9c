namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about what failed.</summary>
internal static class FailuresSection
{
    /// <summary>The section of <paramref name="report"/>; null where nothing failed.</summary>
    public static ReportSection? Of(ReportDocument report) => report.Failures.Count == 0
        ? null
        : new("Failures", ["What failed by its own fault and was left out."], [ReportTables.Failures(report)], []);
}
