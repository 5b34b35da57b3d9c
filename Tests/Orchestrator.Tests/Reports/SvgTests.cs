using System.Globalization;
using System.Xml.Linq;
using Sweeps.ModelCore.Pruning;
using Sweeps.Orchestrator.Reports;
using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Tests.Reports;

public class SvgTests
{
    private static readonly XNamespace _svg = "http://www.w3.org/2000/svg";

    [Theory]
    [InlineData(0, 1, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    [InlineData(0.13, 0.72, new[] { 0, 0.2, 0.4, 0.6, 0.8 })]
    [InlineData(-3, 17, new[] { -5.0, 0, 5, 10, 15, 20 })]
    [InlineData(0, 256, new[] { 0.0, 100, 200, 300 })]
    [InlineData(5, 5, new[] { 2.0, 3, 4, 5, 6, 7, 8 })]
    [InlineData(0.001, 0.0016, new[] { 0.001, 0.0012, 0.0014, 0.0016 })]
    public void Linear_ticks_are_round_and_enclose_the_data(double low, double high, double[] ticks) =>
        Assert.Equal(ticks, Axis.Over([low, high], log: false).Ticks);

    [Theory]
    [InlineData(1, 1000, new[] { 1.0, 10, 100, 1000 })]
    [InlineData(3, 70, new[] { 2.0, 5, 10, 20, 50, 100 })]
    [InlineData(4, 200, new[] { 3.0, 10, 30, 100, 300 })]
    [InlineData(0.02, 0.3, new[] { 0.02, 0.05, 0.1, 0.2, 0.5 })]
    [InlineData(7, 7, new[] { 2.0, 5, 10, 20 })]
    public void Log_ticks_are_round_and_enclose_the_data(double low, double high, double[] ticks) =>
        Assert.Equal(ticks, Axis.Over([low, high, -1, 0, double.NaN], log: true).Ticks);

    [Fact]
    public void Counts_have_whole_ticks() => Assert.Equal([1.0, 2, 3], Axis.Over([1, 3], log: false, whole: true).Ticks);

    [Fact]
    public void Places_run_from_0_to_1_along_an_axis()
    {
        var linear = Axis.Over([0, 10], log: false);
        Assert.Equal([0, 0.25, 1], new[] { 0, 2.5, 10 }.Select(linear.Place));
        var log = Axis.Over([1, 100], log: true);
        Assert.Equal(0.5, log.Place(10), 12);
        Assert.False(log.Shows(0));
    }

    [Fact]
    public void An_axis_without_data_still_has_ticks()
    {
        Assert.NotEmpty(Axis.Over([], log: false).Ticks);
        Assert.NotEmpty(Axis.Over([double.NaN], log: true).Ticks);
    }

    [Theory]
    [InlineData(1e-4, "0.0001")]
    [InlineData(1e-5, "1e-5")]
    [InlineData(0.25, "0.25")]
    [InlineData(20000, "20k")]
    [InlineData(3e6, "3e6")]
    [InlineData(0, "0")]
    public void Tick_labels_are_short(double tick, string label) => Assert.Equal(label, Axis.Label(tick));

    [Fact]
    public void A_line_goes_through_its_points_in_proportion()
    {
        var plot = new LinePlot
        {
            Title = "t",
            XLabel = "x",
            YLabel = "y",
            Series = [new(
                "a", [(0, 0), (5, 10), (10, 0), (10, double.NaN)])]
        };
        var line = plot.Draw().ToElement().Elements(_svg + "polyline").First();
        var points = line.Attribute("points")!.Value.Split(' ').Select(
            p => p.Split(',').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToList();
        Assert.Equal(3, points.Count);
        Assert.Equal((points[0][0] + points[2][0]) / 2, points[1][0], 0.01);
        Assert.Equal(points[0][1], points[2][1]);
        Assert.True(points[1][1] < points[0][1], "larger values are higher up");
    }

    [Fact]
    public void A_plot_has_a_name_a_description_and_a_legend_for_every_line()
    {
        var names = Enumerable.Range(0, 30).Select(i => $"series <{i}> & co").ToList();
        var plot = new LinePlot
        {
            Title = "a < b",
            XLabel = "x",
            YLabel = "y",
            Series = [.. names.Select((n, i) => new Series(n, [(0, i), (1, i + 1)]))],
            References = [("target", 4)],
        };
        var root = XDocument.Parse(plot.Draw().ToFile()).Root!;
        Assert.Equal("a < b", root.Element(_svg + "title")!.Value);
        Assert.Contains("target is at 4", root.Element(_svg + "desc")!.Value, StringComparison.Ordinal);
        Assert.Contains("series <3> & co ends at 4", root.Element(_svg + "desc")!.Value, StringComparison.Ordinal);
        var texts = root.Elements(_svg + "text").Select(t => t.Value).ToList();
        Assert.All(names, n => Assert.Contains(n, texts));
        // Colour and dash together tell 28 lines apart.
        var looks = root.Elements(_svg + "polyline").Take(28).Select(
            p => $"{p.Attribute("class")!.Value} {p.Attribute("stroke-dasharray")?.Value}");
        Assert.Equal(28, looks.Distinct().Count());
        var height = double.Parse(root.Attribute("height")!.Value, CultureInfo.InvariantCulture);
        Assert.All(
            root.Elements(_svg + "text"),
            t => Assert.InRange(double.Parse(t.Attribute("y")!.Value, CultureInfo.InvariantCulture), 0, height));
    }

    [Fact]
    public void Bars_are_as_long_as_their_values_and_both_parts_begin_at_zero()
    {
        var plot = new BarPlot { Title = "t", XLabel = "x", Legend = ("inner", "outer"), Bars = [("a", 0.2, 0.4), ("b", 0, 0.8)] };
        var root = plot.Draw().ToElement();
        var bars = root.Elements(_svg + "rect").Take(4)
            .Select(
                r => (X: r.Attribute("x")!.Value, Width: double.Parse(r.Attribute("width")!.Value, CultureInfo.InvariantCulture))).ToList();
        Assert.Single(bars.Select(b => b.X).Distinct());
        Assert.Equal(0, bars[3].Width);
        Assert.Equal(bars[0].Width, 2 * bars[1].Width, 0.02);
        Assert.Equal(bars[2].Width, 2 * bars[0].Width, 0.02);
        Assert.Contains("a: 20.0 %, 40.0 %", root.Element(_svg + "desc")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Faint_lines_share_the_colour_of_theirs_and_have_no_entry_in_the_legend()
    {
        var plot = new LinePlot
        {
            Title = "t",
            XLabel = "x",
            YLabel = "y",
            Series = [new("mean", [(0, 0), (1, 1)]) { Color = 3 }, new(
                "one of many", [(0, 1), (1, 2)]) { Color = 3, IsFaint = true }]
        };
        var root = plot.Draw().ToElement();
        Assert.Equal(["line s3", "line s3 thin", "line s3"], root.Elements(_svg + "polyline").Select(l => l.Attribute("class")!.Value));
        Assert.DoesNotContain(root.Elements(_svg + "text"), t => t.Value == "one of many");
    }

    [Fact]
    public void A_long_curve_is_thinned_and_keeps_its_ends()
    {
        var plot = new LinePlot
        {
            Title = "t",
            XLabel = "x",
            YLabel = "y",
            Series = [new(
                "a", [.. Enumerable.Range(0, 100_001).Select(i => ((double)i, (double)i))])]
        };
        var points = plot.Draw().ToElement().Elements(_svg + "polyline").First().Attribute("points")!.Value.Split(' ');
        Assert.Equal(600, points.Length);
        var two = new LinePlot { Title = "t", XLabel = "x", YLabel = "y", Series = [new("a", [(0, 0), (100_000, 100_000)])] };
        Assert.Equal(two.Draw().ToElement().Elements(_svg + "polyline").First().Attribute("points")!.Value, $"{points[0]} {points[^1]}");
    }

    [Fact]
    public void A_circuit_is_drawn_whole_with_signs_and_columns()
    {
        var root = CircuitDrawing.Draw(CircuitGraph.Of(SyntheticSweep.Circuit("t", 6, 0.1)), "t").ToElement();
        Assert.Equal(10, root.Elements(_svg + "circle").Count());
        var edges = root.Elements(_svg + "path").Where(
            p => p.Attribute("class")!.Value.StartsWith("edge", StringComparison.Ordinal)).ToList();
        Assert.Equal(13, edges.Count);
        Assert.Equal(6, edges.Count(e => e.Attribute("class")!.Value == "edge s1"));
        Assert.Single(root.Elements(_svg + "path"), p => p.Attribute("class")!.Value == "residual");
        var columns = root.Elements(_svg + "circle").GroupBy(c => c.Attribute("cx")!.Value).ToList();
        Assert.Equal([1, 6, 1, 1, 1], columns.OrderBy(g => double.Parse(g.Key, CultureInfo.InvariantCulture)).Select(g => g.Count()));
        // The widest line is the largest weight, 0.5 + 5.
        Assert.Equal(
            "3.6",
            edges.MaxBy(e => double.Parse(e.Attribute("stroke-width")!.Value, CultureInfo.InvariantCulture))!.Attribute(
                "stroke-width")!.Value);
        Assert.Contains("0.mlp.post_act:4", root.Descendants(_svg + "title").Select(t => t.Value));
    }

    [Fact]
    public void A_huge_circuit_is_drawn_by_its_largest_edges_and_says_so()
    {
        var root = CircuitDrawing.Draw(CircuitGraph.Of(SyntheticSweep.Circuit("t", 128, 0.1)), "t").ToElement();
        Assert.Equal(
            257, root.Elements(_svg + "path").Count(p => p.Attribute("class")!.Value.StartsWith("edge", StringComparison.Ordinal)));
        var nodes = Enumerable.Range(0, 600).Select(i => new GraphNode(new(0, NodeSite.MlpPostAct), i)).Prepend(
            new GraphNode(new(0, NodeSite.MlpActIn), 0)).ToList();
        var graph = new CircuitGraph(nodes, [.. Enumerable.Range(1, 600).Select(i => new GraphEdge(0, i, i))]);
        root = CircuitDrawing.Draw(graph, "huge").ToElement();
        Assert.Equal(500, root.Elements(_svg + "path").Count());
        Assert.Equal(501, root.Elements(_svg + "circle").Count());
        const string Counts = "501 of 601 nodes, the 500 largest of 600 edges";
        Assert.Equal(Counts, CircuitDrawing.Counts(graph));
        Assert.Contains(Counts, root.Element(_svg + "desc")!.Value, StringComparison.Ordinal);
        Assert.Contains(Counts, root.Elements(_svg + "text").Select(t => t.Value));
    }

    [Fact]
    public void A_circuit_is_drawn_with_its_answers_the_tokens_that_drive_it_and_what_is_known_of_each_node()
    {
        var circuit = SyntheticSweep.Circuit("t", 6, 0.1);
        var file = circuit with
        {
            Checks = SyntheticSweep.Checks(6),
            Tokens = circuit.Tokens with { Embeddings = [.. circuit.Tokens.Embeddings, new ChannelEmbedding(5, [new("x", 9, 2)])] },
        };
        var root = XDocument.Parse(DrawnCircuit.Of(file).Draw("t").ToFile()).Root!;
        var texts = root.Elements(_svg + "text").Select(t => t.Value).ToList();
        Assert.Contains("10 nodes, 13 edges · A is ‘'’, B is ‘↵’", texts);
        Assert.Equal(["A '", "B ↵"], texts.Where(t => t is ['A' or 'B', ' ', ..]));
        // Channel 5 is read after it was written: its token does not stand for what is read.
        Assert.Equal(["+('"], texts.Where(t => t.StartsWith('+')));
        var tooltips = root.Descendants(_svg + "title").Select(t => t.Value).ToList();
        Assert.Contains("0.mlp.act_in:3\nembeds ‘('’ +1.500", tooltips);
        Assert.Contains(
            "1.attn.v:2\nwithout it +0.600 nats\nmost on ‘␣(\"’ +2.000\nleast on ‘\ufffd’ -1.000\nmean on pairs: A +0.500, B -1.000",
            tooltips);
        Assert.Contains("1.attn.act_in:5\nembeds ‘x’ +2.000", tooltips);
        Assert.Contains("0.mlp.resid_delta:5\nsays A +0.750, B -0.500", tooltips);
        Assert.Contains("0.mlp.act_in:3 → 0.mlp.post_act:4: +4.500", tooltips);
        Assert.Equal(
            [("line thin s0", "0.mlp.resid_delta:5 → A: +0.750"), ("line thin s1", "0.mlp.resid_delta:5 → B: -0.500")],
            root.Elements(_svg + "path").Where(p => p.Attribute("class")!.Value.StartsWith("line", StringComparison.Ordinal))
                .Select(p => (p.Attribute("class")!.Value, p.Element(_svg + "title")!.Value)));
        Assert.Equal(12, root.Elements(_svg + "circle").Count());
    }

    [Fact]
    public void An_empty_circuit_can_be_drawn()
    {
        var root = CircuitDrawing.Draw(new CircuitGraph([], []), "nothing").ToElement();
        Assert.Empty(root.Elements(_svg + "circle"));
    }
}
