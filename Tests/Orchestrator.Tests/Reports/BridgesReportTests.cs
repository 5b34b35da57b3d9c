using Sweeps.Orchestrator.Reports;
using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Tests.Reports;

public sealed class BridgesReportTests : IDisposable
{
    private readonly SyntheticSweep _synthetic = new();

    public void Dispose() => _synthetic.Dispose();

    [Fact]
    public void A_sweep_without_bridges_says_nothing_of_them()
    {
        var report = ReportBuilder.Build(_synthetic.Sweep);
        Assert.Null(BridgesSection.Of(report));
        Assert.Null(InterventionsSection.Of(report));
    }

    [Fact]
    public void Each_site_has_a_row_with_its_errors_and_what_hybrids_lose()
    {
        var section = BridgesSection.Of(Report())!;
        var table = Assert.Single(section.Tables);
        Assert.Equal("Bridges between dense and d32n2-l0.25-r0: loss 2.000 and 2.500, divergence 0.250", table.Caption);
        Assert.Equal(["0.resid_in", "0.5", "0.25", "0.125", "2.625", "0.625", "2.375", "0.375"], table.Rows[0]);
        Assert.Equal(2, table.Rows.Count);
        // Rows are where the sparse model is entered; it cannot be left before.
        var map = Assert.Single(section.Figures);
        Assert.Equal("bridges-hybrids-d32n2-l0.25-r0", map.Name);
        Assert.Equal(
            ["d32n2-l0.25-r0: loss of hybrids above the dense model's", "0.resid_in", "final_resid", "0.resid_in", "0.125", "0.5",
                "final_resid", "0.25", "site where the sparse model is left"],
            Texts(map.Drawing));
    }

    [Fact]
    public void Each_direction_has_a_row_at_full_strength_and_a_plot_with_controls()
    {
        var section = InterventionsSection.Of(Report())!;
        var table = Assert.Single(section.Tables);
        Assert.Equal(
            ["single_double_quote", "A", "12", "0.attn.act_in:3", "0.05", "0.7 (0.6 to 0.8)", "0.8 (0.7 to 0.9)", "0.1 (0 to 0.2)",
                "0.9 (0.8 to 1)", "0.3 (0.2 to 0.4)", "0.95"],
            Assert.Single(table.Rows));
        var figure = Assert.Single(section.Figures);
        Assert.Equal("bridges-intervention-d32n2-l0.25-r0-single_double_quote-a", figure.Name);
        var texts = Texts(figure.Drawing);
        Assert.Contains("probability of ')", texts);
        Assert.All(
            ["0.attn.act_in:3", "first 2 nodes", "random directions", "upper bound", "regression", "other prompt"],
            name => Assert.Single(texts, name));
    }

    [Fact]
    public void The_files_of_a_report_have_the_sections_and_the_plots()
    {
        ReportWriter.Write(WithBridges(), _synthetic.Folder);
        var page = File.ReadAllText(Path.Combine(_synthetic.Folder, "report.md"));
        Assert.Contains("## Bridges\n", page, StringComparison.Ordinal);
        Assert.Contains("## Interventions through bridges\n", page, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_synthetic.Folder, "plots"), "bridges-*.svg").Length);
        Assert.Contains("\"bridges\": {", File.ReadAllText(Path.Combine(_synthetic.Folder, "report.json")), StringComparison.Ordinal);
    }

    private static List<string> Texts(SvgCanvas drawing) =>
        [.. drawing.ToElement().Elements().Where(one => one.Name.LocalName == "text").Select(one => one.Value)];

    private ReportDocument Report() => ReportBuilder.Build(WithBridges());

    private SweepReadModel WithBridges() => _synthetic.Sweep with
    {
        Models =
        [
            _synthetic.Sweep.Models[0], _synthetic.Sweep.Models[1] with { Bridges = Bridges() }, .. _synthetic.Sweep.Models.Skip(2),
        ],
    };

    private static BridgesSnapshot Bridges() => new(
        "dense", "like", null,
        new BridgeEvaluateResult(
            1000, 2, 2.5, 0.25,
            [
                new BridgeSiteMetrics("0.resid_in", 0.5, 0.125, 0.25, 2.625, 0.625, 2.375, 0.375),
                new BridgeSiteMetrics("final_resid", 0.5, 0.125, 0.25, 2.5, 0.5, 2.25, 0.25),
            ],
            [
                new BridgeHybrid("0.resid_in", "0.resid_in", 2.125, 0.1), new BridgeHybrid("0.resid_in", "final_resid", 2.5, 0.4),
                new BridgeHybrid("final_resid", "final_resid", 2.25, 0.2),
            ]),
        [
            new InterventionSnapshot(
                "single_double_quote",
                new BridgeInterveneResult(
                    12,
                    [
                        new BridgeIntervention(
                            "A", "')", [new CandidateNode("0.attn.act_in:3", 0.5)], new TargetProbability(0.95, 0.9, 1),
                            [
                                Line(BridgeLineKind.Nodes, 0.7, "0.attn.act_in:3"),
                                Line(BridgeLineKind.Nodes, 0.8, "0.attn.act_in:3", "0.mlp.act_in:1"),
                                Line(BridgeLineKind.Random, 0.1, "0.attn.act_in:3"),
                                Line(BridgeLineKind.UpperBound, 0.9, "0.attn.act_in:3"),
                            ]),
                        // Where a circuit reads nothing of the residual there is nothing to change.
                        new BridgeIntervention("B", "\")", [], new TargetProbability(0.9, 0.9, 0.9), []),
                    ]),
                new BridgeInterveneResult(
                    12,
                    [
                        new BridgeIntervention(
                            "A", "')", [new CandidateNode("0.attn.act_in:7", 0.5)], new TargetProbability(0.95, 0.9, 1),
                            [Line(BridgeLineKind.Nodes, 0.3, "0.attn.act_in:7")]),
                    ])),
        ]);

    private static BridgeLine Line(BridgeLineKind kind, double end, params string[] nodes) => new(
        kind, nodes, [Point(0, 0.05), Point(1, end)]);

    private static BridgeLinePoint Point(double strength, double mean)
    {
        var probability = new TargetProbability(mean, Math.Round(mean - 0.1, 3), Math.Round(mean + 0.1, 3));
        return new BridgeLinePoint(strength, probability, probability);
    }
}
