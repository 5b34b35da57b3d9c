namespace Sweeps.Orchestrator.Reports.Svg;

/// <summary>A table of numbers from 0 to 1 as cells, the fuller the larger, each with its number.</summary>
internal sealed record HeatMap
{
    private const double Left = 150, Top = 62, CellWidth = 64, CellHeight = 30, Right = 24, Bottom = 34;

    public required string Title { get; init; }

    public required string XLabel { get; init; }

    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>From top to bottom; a cell that has no number is empty.</summary>
    public required IReadOnlyList<(string Name, IReadOnlyList<double?> Cells)> Rows { get; init; }

    public SvgCanvas Draw()
    {
        var (width, bottom) = (Left + (Columns.Count * CellWidth), Top + (Rows.Count * CellHeight));
        var canvas = new SvgCanvas(
            Math.Max(width + Right, 360), bottom + Bottom, Title,
            string.Join("; ", Rows.Select(row => $"{row.Name}: {string.Join(", ", row.Cells.Select(cell => Format.Short(cell)))}")));
        canvas.Text(12, 20, Title, "title");
        for (var column = 0; column < Columns.Count; column++)
            canvas.Text(Left + ((column + 0.5) * CellWidth), Top - 10, Columns[column], "dim", "middle");
        for (var row = 0; row < Rows.Count; row++)
        {
            var y = Top + (row * CellHeight);
            canvas.Text(Left - 8, y + (CellHeight / 2) + 4, Rows[row].Name, "", "end");
            for (var column = 0; column < Columns.Count; column++)
            {
                if (Rows[row].Cells[column] is not { } value || !double.IsFinite(value)) continue;
                var x = Left + (column * CellWidth);
                // A bar and not a shade: it reads the same in either scheme, and without colours.
                var filled = Math.Clamp(value, 0, 1) * (CellWidth - 4);
                canvas.Rectangle(x + 2, y + 2, filled, CellHeight - 4, $"{SvgStyle.Fill(0)} faint", $"{Rows[row].Name}, {Columns[column]}");
                canvas.Text(x + (CellWidth / 2), y + (CellHeight / 2) + 4, Format.Short(value), "", "middle");
            }
        }
        canvas.Text(Left + ((width - Left) / 2), bottom + 22, XLabel, "", "middle");
        return canvas;
    }
}
