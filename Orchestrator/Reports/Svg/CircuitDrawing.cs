using System.Globalization;

namespace Sweeps.Orchestrator.Reports.Svg;

/// <summary>
/// Draws a circuit as a layered wiring diagram: a column for each node location in the order a token meets them, a dot for each node, a
/// curve for each edge. Colour tells the sign of a weight, width its size; dotted curves are channels of the residual stream, thin ones
/// lead to the two answers.
/// </summary>
internal static class CircuitDrawing
{
    /// <summary>Edges drawn at most; beyond, the largest by magnitude.</summary>
    public const int MaxEdges = 500;

    /// <summary>Lines to the answers drawn at most; beyond, the largest by magnitude.</summary>
    public const int MaxAnswers = 100;

    private const double Left = 110, Top = 84, ColumnWidth = 96, RowHeight = 17, Bottom = 34, LeastWidth = 560;
    private const int Sweeps = 6, TokenLength = 10;

    /// <summary>How many nodes and edges a drawing has, and of how many where it leaves some out, for captions.</summary>
    public static string Counts(CircuitGraph circuit)
    {
        var edges = Largest(circuit);
        var nodes = Joined(circuit, edges).Count;
        return (nodes == circuit.Nodes.Count
                ? $"{Format.Count(nodes)} nodes, "
                : $"{Format.Count(nodes)} of {Format.Count(circuit.Nodes.Count)} nodes, ")
            + (edges.Count == circuit.Edges.Count
                ? $"{Format.Count(edges.Count)} edges"
                : $"the {Format.Count(edges.Count)} largest of {Format.Count(circuit.Edges.Count)} edges");
    }

    /// <summary>The drawing of <paramref name="circuit"/>.</summary>
    /// <param name="circuit">its nodes and edges</param>
    /// <param name="title">what it is</param>
    /// <param name="words">what is known of them; null for nothing</param>
    public static SvgCanvas Draw(CircuitGraph circuit, string title, CircuitWords? words = null)
    {
        var edges = Largest(circuit);
        var shown = Joined(circuit, edges);
        var links = circuit.ResidualLinks().Where(l => shown.Contains(l.Write) && shown.Contains(l.Read)).ToList();
        var answers = Answers(words, shown);
        var columns = Enumerable.Range(0, circuit.Nodes.Count).Where(shown.Contains)
            .GroupBy(i => circuit.Nodes[i].Location).Select(g => g.ToList()).ToList();
        Untangle(columns, edges, links);

        // The two answers stand with a row between them.
        var rows = Math.Max(columns.Select(c => c.Count).DefaultIfEmpty(1).Max(), answers.Count > 0 ? 3 : 1);
        var right = Left + (columns.Count * ColumnWidth);
        var (width, height) = (Math.Max(LeastWidth, right + (answers.Count > 0 ? Left : 20)), Top + (rows * RowHeight) + Bottom);
        var places = new Dictionary<int, (double X, double Y)>();
        for (var c = 0; c < columns.Count; c++)
            for (var r = 0; r < columns[c].Count; r++)
                places[columns[c][r]] = (Left + (c * ColumnWidth), Top + ((r + ((rows - columns[c].Count) / 2.0) + 0.5) * RowHeight));
        (double X, double Y) PlaceOf(bool isA) => (right, Top + (((rows / 2.0) + (isA ? -1 : 1)) * RowHeight));

        var counts = Counts(circuit);
        var answer = words is null ? "" : $"A is ‘{Cut(words.A)}’, B is ‘{Cut(words.B)}’";
        var canvas = new SvgCanvas(
            width, height, title,
            $"Wiring diagram: {counts}; the circuit's file lists all.{(words is null ? "" : $" Of the answers {answer}.")}");
        canvas.Text(12, 20, title, "title");
        canvas.Text(12, 36, words is null ? counts : $"{counts} · {answer}", "small dim");
        for (var c = 0; c < columns.Count; c++)
        {
            var name = circuit.Nodes[columns[c][0]].Location.Name; // 0.attn.act_in in two lines, final_resid in one
            var split = name.LastIndexOf('.');
            Column(canvas, Left + (c * ColumnWidth), split < 0 ? "" : name[..split], name[(split + 1)..], height);
        }
        if (answers.Count > 0) Column(canvas, right, "", "answers", height);

        foreach (var (write, read) in links)
            canvas.Curve(places[write].X, places[write].Y, places[read].X, places[read].Y, "residual");
        foreach (var (node, isA, weight) in answers)
        {
            var ((x, y), end) = (places[node], PlaceOf(isA));
            canvas.Curve(
                x, y, end.X, end.Y, $"line thin {Color(weight)}",
                tooltip: $"{circuit.Nodes[node].Name} → {(isA ? "A" : "B")}: {Format.Signed(weight)}");
        }
        var largest = edges.Select(e => Math.Abs(e.Weight)).DefaultIfEmpty(1).Max();
        foreach (var e in edges)
            canvas.Curve(
                places[e.From].X, places[e.From].Y, places[e.To].X, places[e.To].Y, $"edge {Color(e.Weight)}",
                0.6 + (3 * Math.Abs(e.Weight) / largest),
                $"{circuit.Nodes[e.From].Name} → {circuit.Nodes[e.To].Name}: {Format.Signed(e.Weight)}");
        foreach (var (node, (x, y)) in places.OrderBy(p => p.Key))
        {
            canvas.Circle(x, y, 4, "node", words?.About[node] ?? circuit.Nodes[node].Name);
            canvas.Text(x + 7, y - 4, circuit.Nodes[node].Channel.ToString(CultureInfo.InvariantCulture), "small");
            if (words?.Drivers.GetValueOrDefault(node) is { } token) canvas.Text(x - 7, y + 3, Cut(token), "small dim", "end");
        }
        if (words is not null && answers.Count > 0)
        {
            foreach (var isA in new[] { true, false })
            {
                var (x, y) = PlaceOf(isA);
                canvas.Circle(x, y, 4, "node", isA ? $"A: {words.A}" : $"B: {words.B}");
                canvas.Text(x + 8, y + 4, isA ? $"A {Cut(words.A)}" : $"B {Cut(words.B)}", "small");
            }
        }
        Legend(canvas, height - 10, answers.Count > 0);
        return canvas;
    }

    private static string Color(double weight) => SvgStyle.Stroke(weight < 0 ? 1 : 0);

    private static void Column(SvgCanvas canvas, double x, string layer, string name, double height)
    {
        if (layer.Length > 0) canvas.Text(x, 62, layer, "small dim", "middle");
        canvas.Text(x, 74, name, "small", "middle");
        canvas.Line(x, Top - 4, x, height - Bottom + 2, "grid");
    }

    private static void Legend(SvgCanvas canvas, double y, bool hasAnswers)
    {
        canvas.Line(12, y - 4, 34, y - 4, $"line {SvgStyle.Stroke(0)}");
        canvas.Text(38, y, "positive", "small");
        canvas.Line(88, y - 4, 110, y - 4, $"line {SvgStyle.Stroke(1)}");
        canvas.Text(114, y, "negative", "small");
        canvas.Line(168, y - 4, 190, y - 4, "residual");
        canvas.Text(194, y, "residual stream", "small");
        if (!hasAnswers) return;
        canvas.Line(278, y - 4, 300, y - 4, $"line thin {SvgStyle.Stroke(0)}");
        canvas.Text(304, y, "towards an answer", "small");
    }

    /// <summary>What leads from shown nodes to the answers, the largest weights first.</summary>
    private static List<(int Node, bool IsA, float Weight)> Answers(CircuitWords? words, HashSet<int> shown) =>
    [
        .. (words?.Answers ?? new Dictionary<int, (float A, float B)>()).Where(says => shown.Contains(says.Key))
            .SelectMany(says => new[]
            {
                (Node: says.Key, IsA: true, Weight: says.Value.A), (Node: says.Key, IsA: false, Weight: says.Value.B),
            })
            .Where(way => float.IsFinite(way.Weight) && way.Weight != 0)
            .OrderByDescending(way => Math.Abs(way.Weight)).ThenBy(way => way.Node).ThenByDescending(way => way.IsA).Take(MaxAnswers),
    ];

    /// <summary>A token that has room beside a node.</summary>
    private static string Cut(string token)
    {
        var text = new StringInfo(token);
        return text.LengthInTextElements <= TokenLength ? token : $"{text.SubstringByTextElements(0, TokenLength - 1)}…";
    }

    /// <summary>The nodes that are drawn: those of edges that are left out alone would only crowd the picture.</summary>
    private static HashSet<int> Joined(CircuitGraph circuit, List<GraphEdge> edges) => edges.Count == circuit.Edges.Count
        ? [.. Enumerable.Range(0, circuit.Nodes.Count)]
        : [.. edges.SelectMany(e => new[] { e.From, e.To })];

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
