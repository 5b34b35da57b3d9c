using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Tests.Reports;

public sealed class BasesReportTests : IDisposable
{
    private readonly SyntheticSweep _synthetic = new();

    public void Dispose() => _synthetic.Dispose();

    [Fact]
    public void A_sweep_without_circuits_in_bases_says_nothing_of_them() =>
        Assert.Null(BasesSection.Of(ReportBuilder.Build(_synthetic.Sweep)));

    [Fact]
    public void Each_task_has_a_row_for_each_model_and_basis()
    {
        var table = BasesSection.Of(Report())!.Tables[0];
        Assert.Equal(2 * (3 + 1), table.Rows.Count);
        Assert.Equal(
            [
                "single_double_quote", "d32n2-l1-r0", "channels", "10", "0", "400", "40", "20", Format.None, "0.140", "0.150", "0.600",
            ],
            table.Rows[0]);
        Assert.Equal(
            ["features, error kept", "20", "8", "4,000", "80", "40", "7"], table.Rows[1].Skip(2).Take(7));
        Assert.Equal("features, error at its mean (misses the target)", table.Rows[6][2]);
        Assert.Equal([Format.None, Format.None], table.Rows[6].Skip(6).Take(2));
        Assert.All(table.Rows, row => Assert.Equal(table.Columns.Count, row.Count));
    }

    [Fact]
    public void Means_are_over_tasks_that_all_columns_have_a_circuit_of_and_ratios_are_to_the_channels_of_the_sparsest_model()
    {
        var section = BasesSection.Of(Report())!;
        Assert.Contains("the 1 of 2 tasks", section.Paragraphs[^1], StringComparison.Ordinal);
        Assert.Contains("single_double_quote", section.Paragraphs[^1], StringComparison.Ordinal);
        var means = section.Tables[1];
        Assert.Contains("channels of d32n2-l0.25-r0", means.Caption, StringComparison.Ordinal);
        Assert.Equal(["d32n2-l1-r0", "channels", "10", "400", "40", "20", "2", "4", "4"], means.Rows[0]);
        Assert.Equal(["d32n2-l1-r0", "features, error kept", "28", "4000", "80", "40", "5.6", "8", "8"], means.Rows[1]);
        Assert.Equal(["d32n2-l0.25-r0", "channels", "5", "10", "10", "5", "1", "1", "1"], means.Rows[3]);
    }

    [Fact]
    public void Where_more_tasks_count_ratios_have_intervals_and_where_none_does_there_are_no_means()
    {
        var means = BasesSection.Of(Report(reachesBoth: true))!.Tables[1];
        Assert.Matches(@"^4 \(4 to 4\)$", means.Rows[0][7]);
        var none = BasesSection.Of(Report(reachesAny: false))!;
        Assert.Single(none.Tables);
        Assert.Contains("There are no means", none.Paragraphs[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_files_of_a_report_have_the_section()
    {
        ReportWriter.Write(Sweep(false, true), _synthetic.Folder);
        Assert.Contains(
            "## Circuits of channels and of features\n", File.ReadAllText(Path.Combine(_synthetic.Folder, "report.md")),
            StringComparison.Ordinal);
        Assert.Contains(
            "\"basis\": \"features-mean\"", File.ReadAllText(Path.Combine(_synthetic.Folder, "report.json")), StringComparison.Ordinal);
    }

    private ReportDocument Report(bool reachesBoth = false, bool reachesAny = true) => ReportBuilder.Build(Sweep(reachesBoth, reachesAny));

    // The first model is dense and has three bases, the second is sparse and has channels.
    private SweepReadModel Sweep(bool reachesBoth, bool reachesAny)
    {
        var models = _synthetic.Sweep.Models.ToList();
        var (dense, sparse) = (Circuit(10, 0, 400, 40, 20, null), Circuit(5, 0, 10, 10, 5, null));
        models[0] = models[0] with
        {
            Tasks =
            [
                .. models[0].Tasks.Index().Select(task =>
                {
                    var honest = Circuit(20, 0, 8000, 160, 80, 9);
                    var missed = honest with { Reached = false, EffectiveEdges = null, PrunedEdges = null };
                    var hits = task.Index == 0 ? reachesAny : reachesBoth;
                    return task.Item with
                    {
                        Bases =
                        [
                            new("channels", dense), new("features-keep", Circuit(20, 8, 4000, 80, 40, 7)),
                            new("features-mean", hits ? honest : missed),
                        ],
                    };
                }),
            ],
        };
        models[1] = models[1] with { Tasks = [.. models[1].Tasks.Select(task => task with { Bases = [new("channels", sparse)] })] };
        return _synthetic.Sweep with { Models = models };
    }

    private static BasisCircuitResult Circuit(int nodes, int errors, int structural, int effective, int pruned, int? residual) =>
        new(0, true, nodes, errors, structural, effective, pruned, residual, 0.14, 0.15, 0.95, 0.6);
}
