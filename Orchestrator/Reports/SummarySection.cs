namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's first section: how far the sweep is, and a row for each model and for each circuit.</summary>
internal static class SummarySection
{
    /// <summary>The section of <paramref name="report"/>.</summary>
    public static ReportSection Of(ReportDocument report)
    {
        var status = report.Status switch
        {
            SweepStatus.Completed => "Complete.",
            SweepStatus.Cancelled => "Cancelled; what was found until then:",
            _ => "Not complete yet; what is known so far:",
        };
        var trained = report.Models.Count(m => m.Trained is not null);
        var circuits = report.Models.SelectMany(m => m.Tasks).ToList();
        var paragraphs = new List<string>
        {
            $"{status} {trained} of {report.Models.Count} models trained, {circuits.Count(t => t.Best is { Reached: true })} of "
                + $"{circuits.Count} circuits at the target, {report.Failures.Count} failures. Seed {report.Spec.Seed}.",
        };
        if (report.Corpus is { } c)
            paragraphs.Add($"Corpus: {Format.Count(c.Documents)} documents, {Format.Count(c.Bytes)} bytes, "
                + $"{Format.Count(c.TrainTokens)} training and {Format.Count(c.ValidationTokens)} validation tokens, vocabulary "
                + $"{Format.Count(c.VocabSize)}.");
        List<ReportTable> tables = [ReportTables.Models(report)];
        if (circuits.Count > 0) tables.Add(ReportTables.Circuits(report));
        return new ReportSection("Summary", paragraphs, tables, []);
    }
}
