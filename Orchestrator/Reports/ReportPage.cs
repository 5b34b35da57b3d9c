using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>
/// A table: what it shows, its columns, its rows. The first column is a label; the others hold numbers unless they say otherwise.
/// </summary>
/// <param name="Caption">what it shows</param>
/// <param name="Columns">heads of the columns</param>
/// <param name="Rows">as many cells as columns</param>
/// <param name="TextColumns">columns from the left that hold words</param>
internal sealed record ReportTable(
    string Caption, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, int TextColumns = 1)
{
    /// <summary>The table without <paramref name="columns"/>, which hold numbers.</summary>
    public ReportTable Without(params string[] columns)
    {
        int[] kept = [.. Enumerable.Range(0, Columns.Count).Where(i => !columns.Contains(Columns[i], StringComparer.Ordinal))];
        return this with
        {
            Columns = [.. kept.Select(i => Columns[i])],
            Rows = [.. Rows.Select(
                row => (IReadOnlyList<string>)[.. kept.Select(i => row[i])])]
        };
    }
}

/// <summary>A drawing of the report.</summary>
/// <param name="Name">its file is <c>plots/{name}.svg</c></param>
/// <param name="Drawing">the drawing</param>
/// <param name="Caption">what to see in it</param>
internal sealed record ReportFigure(string Name, SvgCanvas Drawing, string Caption)
{
    /// <summary>The circuit that it draws, circuit.json, for the viewer of a page of HTML; null for another drawing.</summary>
    public string? Circuit { get; init; }
}

/// <summary>A part of the report: words first, then tables, then drawings, then what is folded away until someone asks for it.</summary>
internal sealed record ReportSection(
    string Title, IReadOnlyList<string> Paragraphs, IReadOnlyList<ReportTable> Tables, IReadOnlyList<ReportFigure> Figures)
{
    /// <summary>Parts that a page shows by their title alone at first; they have none of their own.</summary>
    public IReadOnlyList<ReportSection> Folded { get; init; } = [];
}

/// <summary>The whole report as people read it, before it is Markdown or HTML.</summary>
internal sealed record ReportPage(string Title, IReadOnlyList<ReportSection> Sections)
{
    /// <summary>The last line, when it was written; null for none.</summary>
    public string? Footer { get; init; }
}
