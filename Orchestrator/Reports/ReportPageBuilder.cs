namespace Sweeps.Orchestrator.Reports;

/// <summary>Lays a report out: see <see cref="ReportSections"/>.</summary>
internal static class ReportPageBuilder
{
    /// <summary>The page of <paramref name="report"/>.</summary>
    public static ReportPage Build(ReportDocument report, ReportInputs inputs) =>
        new($"Sweep {report.Name}", [.. ReportSections.All.Select(section => section(report, inputs)).OfType<ReportSection>()]);
}
