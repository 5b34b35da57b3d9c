namespace Sweeps.Orchestrator.Reports.Svg;

/// <summary>Horizontal bars with their names, each in two parts: a full one, and a fainter one that goes on to a larger value.</summary>
internal sealed record BarPlot
{
    private const double Left = 130, Top = 36, PlotWidth = 460, Right = 70, RowHeight = 24, BarHeight = 14, Bottom = 66;

    public required string Title { get; init; }

    public required string XLabel { get; init; }

    /// <summary>What the full part and the whole bar mean.</summary>
    public required (string Inner, string Outer) Legend { get; init; }

    /// <summary>From top to bottom; neither value below 0, the inner one at most the outer.</summary>
    public required IReadOnlyList<(string Name, double Inner, double Outer)> Bars { get; init; }

    public SvgCanvas Draw()
    {
        var bottom = Top + (Bars.Count * RowHeight);
        var x = Axis.Over(Bars.Select(b => b.Outer).Append(0), log: false);
        var canvas = new SvgCanvas(
            Left + PlotWidth + Right, bottom + Bottom, Title,
            $"{XLabel}; {string.Join("; ", Bars.Select(b => $"{b.Name}: {Format.Percent(b.Inner)}, {Format.Percent(b.Outer)}"))}");
        canvas.Text(12, 20, Title, "title");
        foreach (var tick in x.Ticks)
        {
            canvas.Line(AtX(tick), Top, AtX(tick), bottom, "grid");
            canvas.Text(AtX(tick), bottom + 16, Axis.Label(tick), "dim", "middle");
        }
        for (var i = 0; i < Bars.Count; i++)
        {
            var (name, inner, outer) = Bars[i];
            var y = Top + (i * RowHeight) + ((RowHeight - BarHeight) / 2);
            canvas.Text(Left - 8, y + BarHeight - 3, name, "", "end");
            canvas.Rectangle(Left, y, AtX(outer) - Left, BarHeight, $"{SvgStyle.Fill(0)} faint", $"{name}: {Format.Percent(outer)}");
            canvas.Rectangle(Left, y, AtX(inner) - Left, BarHeight, SvgStyle.Fill(0), $"{name}: {Format.Percent(inner)}");
            canvas.Text(AtX(outer) + 6, y + BarHeight - 3, Format.Percent(outer), "small dim");
        }
        canvas.Text(Left + (PlotWidth / 2), bottom + 34, XLabel, "", "middle");
        canvas.Rectangle(Left, bottom + 46, 12, 12, SvgStyle.Fill(0));
        canvas.Text(Left + 18, bottom + 56, Legend.Inner, "small");
        canvas.Rectangle(Left + 180, bottom + 46, 12, 12, $"{SvgStyle.Fill(0)} faint");
        canvas.Text(Left + 198, bottom + 56, Legend.Outer, "small");
        return canvas;

        double AtX(double value) => Left + (x.Place(value) * PlotWidth);
    }
}
