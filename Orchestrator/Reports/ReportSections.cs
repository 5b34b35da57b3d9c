namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's sections, each a file here and a line in the list.</summary>
internal static class ReportSections
{
    /// <summary>
    /// All, in the order in which people read them: tables first, then how to read them, then plots and circuits. Each gives null where a
    /// report has nothing for it.
    /// </summary>
    public static IReadOnlyList<Func<ReportDocument, ReportInputs, ReportSection?>> All { get; } =
    [
        (report, _) => SummarySection.Of(report),
        (report, _) => FailuresSection.Of(report),
        (report, _) => HowToReadSection.Of(report),
        TrainingSection.Of,
        (report, _) => TasksSection.Of(report),
        (report, _) => FrontierSection.Of(report),
        (report, _) => WidthSection.Of(report),
        (report, _) => MatchedLossSection.Of(report),
        (report, _) => TargetLossSection.Of(report),
        (report, _) => LossAgainstSizeSection.Of(report),
        ValidationSection.Of,
        (report, _) => AttributionSection.Of(report),
        (report, _) => EdgeSection.Of(report),
        GivenSection.Of,
        (report, _) => AutoencodersSection.Of(report),
        (report, _) => InterpretabilitySection.Of(report),
        (report, _) => AblationSection.Of(report),
        (report, _) => BasesSection.Of(report),
        (report, _) => BridgesSection.Of(report),
        (report, _) => InterventionsSection.Of(report),
        SearchSection.Of,
        CircuitsSection.Of,
    ];
}
