using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sweeps.Orchestrator.Reports;

/// <summary>
/// A table for a terminal of any width: no number is ever broken. Where its columns do not fit beside each other, those that do not follow
/// in further tables, each with the first column again.
/// </summary>
internal sealed class FittingTable(ReportTable table) : Renderable
{
    // A cell has a border and a blank before it and a blank behind it.
    private const int Frame = 3;

    // What text may be wrapped to.
    private const int LeastText = 16;

    /// <summary>The columns that stand beside each other, part by part; the first column is in each part.</summary>
    /// <param name="width">of the terminal, in characters</param>
    internal IReadOnlyList<IReadOnlyList<int>> Parts(int width)
    {
        List<IReadOnlyList<int>> parts = [];
        List<int> part = [0];
        var room = width - 1 - Width(0);
        for (var column = 1; column < table.Columns.Count; column++)
        {
            if (Width(column) > room && part.Count > 1)
            {
                parts.Add(part);
                (part, room) = ([0], width - 1 - Width(0));
            }
            part.Add(column);
            room -= Width(column);
        }
        parts.Add(part);
        return parts;
    }

    /// <inheritdoc/>
    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
        Parts(maxWidth).Select(Draw).SelectMany(part => ((IRenderable)part).Render(options, maxWidth));

    private Table Draw(IReadOnlyList<int> columns)
    {
        var drawn = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(table.Caption));
        foreach (var column in columns)
        {
            var head = Markup.Escape(table.Columns[column]);
            // A number is narrow: its heading stands above it word by word, so that names keep their width.
            drawn.AddColumn(IsText(column)
                ? new TableColumn(head)
                : new TableColumn(head.Replace(' ', '\n')).RightAligned().NoWrap());
        }
        foreach (var row in table.Rows) drawn.AddRow([.. columns.Select(column => Markup.Escape(row[column]))]);
        return drawn;
    }

    private bool IsText(int column) => column < table.TextColumns;

    private int Width(int column)
    {
        var cells = table.Rows.Select(row => row[column].Length).DefaultIfEmpty().Max();
        var widest = Math.Max(cells, table.Columns[column].Split(' ').Max(word => word.Length));
        return Frame + (IsText(column) ? Math.Min(widest, LeastText) : widest);
    }
}
