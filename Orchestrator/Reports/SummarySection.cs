namespace Sweeps.Orchestrator.Reports;

/// <summary>
/// The report's first section: how many circuits hold, how far the sweep is, and a row for each model and for each circuit.
/// </summary>
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
        List<string> paragraphs = [];
        if (CircuitVerdicts.Headline(report) is { } headline) paragraphs.Add(headline);
        var made = report.Models.Any(m => m.ImportedSha256 is not null) ? "trained or imported" : "trained";
        var early = report.Models.Count(m => m.Stopped is not null);
        var stopped = early > 0 ? $"{early} stopped early, " : "";
        paragraphs.Add(
            $"{status} {trained} of {report.Models.Count} models {made}, {stopped}{report.Failures.Count} failures. Seed "
                + $"{report.Spec.Seed}.");
        if (report.Corpus is { } c)
            paragraphs.Add($"Corpus: {Format.Count(c.Documents)} documents, {Format.Count(c.Bytes)} bytes, "
                + $"{Format.Count(c.TrainTokens)} training and {Format.Count(c.ValidationTokens)} validation tokens, vocabulary "
                + $"{Format.Count(c.VocabSize)}.");
        if (report.Corpus is { LeftOut: { Count: > 0 } leftOut })
            paragraphs.Add($"Left out of the corpus: {CorpusLeftOut.InWords(leftOut)}. corpus/corpus.json has examples of each.");
        if (report.AnyTask(t => t.Verdict == CircuitVerdict.NotLearned)) paragraphs.Add(LeftOut.Advice);
        List<ReportTable> tables = [ReportTables.Models(report)];
        if (report.HasTasks()) tables.Add(ReportTables.Circuits(report));
        if (LeftOut.Table(report) is { } left) tables.Add(left);
        return new ReportSection("Summary", paragraphs, tables, []);
    }
}
