using System.Globalization;

namespace Sweeps.Orchestrator.Reports.Svg;

/// <summary>
/// Draws a circuit as a layered wiring diagram: a column for each node location in the order a token meets them, a dot for each node, a
/// curve for each edge. Colour tells the sign of a weight, width its size; dotted curves are channels of the residual stream.
/// </summary>
internal static class CircuitDrawing
{
    /// <summary>Edges drawn at most; beyond, the largest by magnitude.</summary>
    public const int MaxEdges = 500;

    private const double Left = 50, Top = 64, ColumnWidth = 96, RowHeight = 17, Bottom = 34;
    private const int Sweeps = 6;

    /// <summary>The drawing of <paramref name="circuit"/>.</summary>
    public static SvgCanvas Draw(CircuitGraph circuit, string title)
    {
        var edges = Largest(circuit);
        // Nodes whose edges are all left out would only crowd the picture.
        var shown = edges.Count == circuit.Edges.Count
            ? Enumerable.Range(0, circuit.Nodes.Count).ToHashSet()
            : edges.SelectMany(e => new[] { e.From, e.To }).ToHashSet();
        var links = circuit.ResidualLinks().Where(l => shown.Contains(l.Write) && shown.Contains(l.Read)).ToList();
        var columns = Enumerable.Range(0, circuit.Nodes.Count).Where(shown.Contains)
            .GroupBy(i => circuit.Nodes[i].Location).Select(g => g.ToList()).ToList();
        Untangle(columns, edges, links);

        var rows = columns.Count == 0 ? 1 : columns.Max(c => c.Count);
        var (width, height) = (Math.Max(420, Left + (columns.Count * ColumnWidth) + 20), Top + (rows * RowHeight) + Bottom);
        var places = new Dictionary<int, (double X, double Y)>();
        for (var c = 0; c < columns.Count; c++)
            for (var r = 0; r < columns[c].Count; r++)
                places[columns[c][r]] = (Left + (c * ColumnWidth), Top + ((r + ((rows - columns[c].Count) / 2.0) + 0.5) * RowHeight));

        var drawn = edges.Count == circuit.Edges.Count
            ? $"{edges.Count} edges"
            : $"the {edges.Count} largest of {circuit.Edges.Count} edges";
        var canvas = new SvgCanvas(
            width, height, title, $"Wiring diagram of {circuit.Nodes.Count} nodes and {drawn}; the circuit's file lists them.");
        canvas.Text(12, 20, title, "title");
        for (var c = 0; c < columns.Count; c++)
        {
            var name = circuit.Nodes[columns[c][0]].Location.Name; // 0.attn.act_in in two lines, final_resid in one
            var split = name.LastIndexOf('.');
            var x = Left + (c * ColumnWidth);
            if (split >= 0) canvas.Text(x, 42, name[..split], "small dim", "middle");
            canvas.Text(x, 54, name[(split + 1)..], "small", "middle");
            canvas.Line(x, Top - 4, x, height - Bottom + 2, "grid");
        }
        foreach (var (write, read) in links)
            canvas.Curve(places[write].X, places[write].Y, places[read].X, places[read].Y, "residual");
        var largest = edges.Select(e => Math.Abs(e.Weight)).DefaultIfEmpty(1).Max();
        foreach (var e in edges)
            canvas.Curve(
                places[e.From].X, places[e.From].Y, places[e.To].X, places[e.To].Y, $"edge {SvgStyle.Stroke(e.Weight < 0 ? 1 : 0)}",
                0.6 + (3 * Math.Abs(e.Weight) / largest));
        foreach (var (node, (x, y)) in places.OrderBy(p => p.Key))
        {
            canvas.Circle(x, y, 4, "node", circuit.Nodes[node].Name);
            canvas.Text(x + 7, y - 4, circuit.Nodes[node].Channel.ToString(CultureInfo.InvariantCulture), "small");
        }
        Legend(canvas, height - 10, drawn);
        return canvas;
    }

    private static void Legend(SvgCanvas canvas, double y, string drawn)
    {
        canvas.Line(12, y - 4, 34, y - 4, $"line {SvgStyle.Stroke(0)}");
        canvas.Text(38, y, "positive", "small");
        canvas.Line(88, y - 4, 110, y - 4, $"line {SvgStyle.Stroke(1)}");
        canvas.Text(114, y, "negative", "small");
        canvas.Line(168, y - 4, 190, y - 4, "residual");
        canvas.Text(194, y, $"residual stream · {drawn}", "small");
    }

    private static List<GraphEdge> Largest(CircuitGraph circuit) => circuit.Edges.Count <= MaxEdges
        ? [.. circuit.Edges]
        : [.. circuit.Edges.OrderByDescending(e => Math.Abs(e.Weight)).ThenBy(e => e.From).ThenBy(e => e.To).Take(MaxEdges)];

    /// <summary>
    /// Orders each column by the mean height of its neighbours, there and back a few times (the barycentre heuristic of Sugiyama et al.
    /// 1981): fewer crossings, and ties keep their order, so that the drawing is a function of the circuit.
    /// </summary>
    private static void Untangle(List<List<int>> columns, List<GraphEdge> edges, List<(int Write, int Read)> links)
    {
        var neighbours = edges.Select(e => (e.From, e.To)).Concat(links.Select(l => (l.Write, l.Read)))
            .SelectMany(p => new[] { (Node: p.Item1, Other: p.Item2), (Node: p.Item2, Other: p.Item1) }).ToLookup(
                p => p.Node, p => p.Other);
        var height = new Dictionary<int, double>();
        void Measure(List<int> column)
        {
            for (var r = 0; r < column.Count; r++) height[column[r]] = (r + 0.5) / column.Count;
        }
        foreach (var column in columns) Measure(column);
        for (var sweep = 0; sweep < Sweeps; sweep++)
            for (var i = 0; i < columns.Count; i++)
            {
                var c = sweep % 2 == 0 ? i : columns.Count - 1 - i;
                columns[c] = [.. columns[c].OrderBy(n => neighbours[n].Select(other => height[other]).DefaultIfEmpty(height[n]).Average())];
                Measure(columns[c]);
            }
    }
}
