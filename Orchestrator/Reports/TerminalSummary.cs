using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's tables for the terminal, without the columns that a hundred characters have no room for.</summary>
internal static class TerminalSummary
{
    /// <summary>Models, circuits, and failures where there are any.</summary>
    public static IRenderable Of(SweepReadModel sweep)
    {
        var report = ReportBuilder.Build(sweep);
        List<ReportTable> tables = [ReportTables.Models(report).Without("L0 target", "parameters", "train loss", "kurtosis")];
        if (report.Models.Any(m => m.Tasks.Count > 0)) tables.Add(ReportTables.Circuits(report).Without("unpruned validation", "before calibration"));
        if (report.Failures.Count > 0) tables.Add(ReportTables.Failures(report));
        return new Rows(tables.Select(Table));
    }

    /// <summary>A search: its rounds, its front, what mattered, its prunings.</summary>
    public static IRenderable Of(ReportTask task, ReportSearch search)
    {
        List<ReportTable> tables = [SearchTables.Rounds(task), SearchTables.Front(task, search)];
        if (search.Importance.Count > 0) tables.Add(SearchTables.Importance(task, search));
        tables.Add(SearchTables.Observations(task));
        if (task.Prunings.Any(p => p.Objective is null)) tables.Add(SearchTables.Missing(task));
        return new Rows(tables.Select(Table));
    }

    /// <summary>The tables of a page.</summary>
    public static IRenderable Of(ReportPage page) => new Rows(page.Sections.SelectMany(section => section.Tables).Select(Table));

    private static Table Table(ReportTable table)
    {
        var drawn = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(table.Caption));
        for (var i = 0; i < table.Columns.Count; i++)
        {
            var column = new TableColumn(Markup.Escape(table.Columns[i]));
            drawn.AddColumn(i < table.TextColumns ? column : column.RightAligned());
        }
        foreach (var row in table.Rows) drawn.AddRow([.. row.Select(Markup.Escape)]);
        return drawn;
    }
}
