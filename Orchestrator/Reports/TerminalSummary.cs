using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's tables for the terminal, without the columns that a hundred characters have no room for.</summary>
internal static class TerminalSummary
{
    /// <summary>Models, circuits, what is left out and what has failed, and at last how many circuits hold.</summary>
    public static IRenderable Of(SweepReadModel sweep)
    {
        var report = ReportBuilder.Build(sweep);
        List<ReportTable> tables = [ReportTables.Models(report).Without("L0 target", "parameters", "train loss", "kurtosis")];
        var circuits = ReportTables.Circuits(report).Without(ReportTables.Unpruned, ReportTables.BeforeCalibration, ReportTables.Accuracy);
        if (report.HasTasks()) tables.Add(circuits);
        if (LeftOut.Table(report) is { } left) tables.Add(left);
        if (report.Failures.Count > 0) tables.Add(ReportTables.Failures(report));
        List<IRenderable> parts = [.. tables.Select(table => new FittingTable(table))];
        if (report.AnyTask(t => t.Verdict == CircuitVerdict.NotLearned)) parts.Add(new Text(LeftOut.Advice));
        // Last, where the eye is when the tables have scrolled by.
        if (CircuitVerdicts.Headline(report) is { } headline) parts.Add(new Text(headline, new Style(decoration: Decoration.Bold)));
        return new Rows(parts);
    }

    /// <summary>A search: its rounds, its front, what mattered, its prunings.</summary>
    public static IRenderable Of(ReportTask task, ReportSearch search)
    {
        List<ReportTable> tables = [SearchTables.Rounds(task), SearchTables.Front(task, search)];
        if (search.Importance.Count > 0) tables.Add(SearchTables.Importance(task, search));
        tables.Add(SearchTables.Observations(task));
        if (SearchTables.Stopped(task) is { } stopped) tables.Add(stopped);
        if (task.Prunings.Any(p => p.Objective is null)) tables.Add(SearchTables.Missing(task));
        return new Rows(tables.Select(table => new FittingTable(table)));
    }

    public static IRenderable Of(ReportPage page) =>
        new Rows(page.Sections.SelectMany(section => section.Tables).Select(table => new FittingTable(table)));
}
