namespace Sweeps.Orchestrator.Reports.Svg;

/// <summary>A line of a plot.</summary>
/// <param name="Name">its entry in the legend</param>
/// <param name="Points">in drawing order; points that an axis cannot show are left out</param>
/// <param name="Markers">whether each point gets a dot</param>
/// <param name="Line">whether the points are joined</param>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points, bool Markers = false, bool Line = true)
{
    /// <summary>The colour and dash that it shares with others; null for one of its own.</summary>
    public int? Color { get; init; }

    /// <summary>Whether it is drawn faintly and left out of the legend: one of many behind the line that matters.</summary>
    public bool IsFaint { get; init; }
}

/// <summary>A plot of lines over two axes, with a legend beside it.</summary>
internal sealed record LinePlot
{
    private const double Left = 64, Top = 36, PlotWidth = 520, Right = 24, Bottom = 50, LegendWidth = 210, LegendLine = 18;

    // More points than pixels only make the file large.
    private const int MaxPoints = 600;

    public required string Title { get; init; }

    public required string XLabel { get; init; }

    public required string YLabel { get; init; }

    public bool XLog { get; init; }

    /// <summary>Whether x counts something, so that its ticks are whole.</summary>
    public bool XWhole { get; init; }

    public bool YLog { get; init; }

    public required IReadOnlyList<Series> Series { get; init; }

    /// <summary>Horizontal lines to compare with.</summary>
    public IReadOnlyList<(string Name, double Y)> References { get; init; } = [];

    public SvgCanvas Draw()
    {
        var named = Series.Index().Where(s => !s.Item.IsFaint).Select(s => (Series: s.Item, Look: s.Item.Color ?? s.Index)).ToList();
        var entries = named.Count + References.Count;
        var height = Math.Max(360, Top + Bottom + (entries * LegendLine));
        var (plotHeight, right) = (height - Top - Bottom, Left + PlotWidth);
        var x = Axis.Over(Series.SelectMany(s => s.Points.Select(p => p.X)), XLog, XWhole);
        var y = Axis.Over(Series.SelectMany(s => s.Points.Select(p => p.Y)).Concat(References.Select(r => r.Y)), YLog);
        double AtX(double value) => Left + (x.Place(value) * PlotWidth);
        double AtY(double value) => Top + ((1 - y.Place(value)) * plotHeight);

        var canvas = new SvgCanvas(right + Right + LegendWidth, height, Title, $"{YLabel} over {XLabel}; {Describe()}");
        canvas.Text(Left, 20, Title, "title");
        foreach (var tick in x.Ticks)
        {
            canvas.Line(AtX(tick), Top, AtX(tick), Top + plotHeight, "grid");
            canvas.Text(AtX(tick), Top + plotHeight + 16, Axis.Label(tick), "dim", "middle");
        }
        foreach (var tick in y.Ticks)
        {
            canvas.Line(Left, AtY(tick), right, AtY(tick), "grid");
            canvas.Text(Left - 6, AtY(tick) + 4, Axis.Label(tick), "dim", "end");
        }
        canvas.Text(Left + (PlotWidth / 2), height - 12, XLog ? $"{XLabel} (log scale)" : XLabel, "", "middle");
        canvas.Text(16, Top + (plotHeight / 2), YLog ? $"{YLabel} (log scale)" : YLabel, "", "middle", -90);

        foreach (var (_, value) in References)
            if (y.Shows(value)) canvas.Line(Left, AtY(value), right, AtY(value), "reference");
        for (var i = 0; i < Series.Count; i++)
        {
            var (series, look) = (Series[i], Series[i].Color ?? i);
            var shown = Thin([.. series.Points.Where(p => x.Shows(p.X) && y.Shows(p.Y))]);
            if (series.Line && shown.Count > 1)
                canvas.Polyline(
                    shown.Select(p => (AtX(p.X), AtY(p.Y))), $"line {SvgStyle.Stroke(look)}{(series.IsFaint ? " thin" : "")}",
                    SvgStyle.Dash(look));
            if (series.Markers || shown.Count == 1)
                foreach (var p in shown)
                    canvas.Circle(AtX(p.X), AtY(p.Y), 3.2, SvgStyle.Fill(look), $"{series.Name}: {Axis.Label(p.X)}, {Format.Short(p.Y)}");
        }
        DrawLegend(canvas, named, right + Right);
        return canvas;
    }

    private void DrawLegend(SvgCanvas canvas, List<(Series Series, int Look)> named, double left)
    {
        var line = Top + 8;
        foreach (var (series, look) in named)
        {
            if (series.Line) canvas.Polyline([(left, line), (left + 26, line)], $"line {SvgStyle.Stroke(look)}", SvgStyle.Dash(look));
            if (series.Markers) canvas.Circle(left + 13, line, 3.2, SvgStyle.Fill(look));
            canvas.Text(left + 32, line + 4, series.Name);
            line += LegendLine;
        }
        foreach (var (name, _) in References)
        {
            canvas.Line(left, line, left + 26, line, "reference");
            canvas.Text(left + 32, line + 4, name);
            line += LegendLine;
        }
    }

    private string Describe()
    {
        var ends = Series.Where(s => s.Points.Count > 0).Select(s => $"{s.Name} ends at {Format.Short(s.Points[^1].Y)}");
        return string.Join("; ", ends.Concat(References.Select(r => $"{r.Name} is at {Format.Short(r.Y)}")));
    }

    /// <summary>Averages neighbours where there are more points than can be seen; both ends stay.</summary>
    private static IReadOnlyList<(double X, double Y)> Thin(IReadOnlyList<(double X, double Y)> points)
    {
        if (points.Count <= MaxPoints) return points;
        var inner = points.Count - 2;
        var thin = new List<(double, double)> { points[0] };
        for (var i = 0; i < MaxPoints - 2; i++)
        {
            var bucket = points.Skip(1 + (int)((long)i * inner / (MaxPoints - 2))).Take(
                (int)(((i + 1L) * inner / (MaxPoints - 2)) - ((long)i * inner / (MaxPoints - 2)))).ToList();
            thin.Add((bucket.Average(p => p.X), bucket.Average(p => p.Y)));
        }
        thin.Add(points[^1]);
        return thin;
    }
}
