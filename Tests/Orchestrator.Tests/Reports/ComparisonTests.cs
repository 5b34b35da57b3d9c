using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Tests.Reports;

/// <summary>The sections that set models beside each other, on documents written by hand.</summary>
public class ComparisonTests
{
    private static readonly ArtifactRef _none = new("none", "00", 0);

    private static ReportDocument Report(IReadOnlyList<double> targets, params ReportModel[] models) => new(
        "by hand", SweepStatus.Completed,
        new SweepSpec
        {
            Name = "by-hand",
            Corpus = new CorpusOptions(),
            Tasks = [.. models.SelectMany(m => m.Tasks).Select(t => t.Task).Distinct()],
            TargetLosses = targets,
        },
        null, models, []);

    private static ReportModel Model(string id, int width, double l0, double loss, params ReportTask[] tasks)
    {
        var counted = tasks.Select(CountedEdges.OfBest).OfType<int>().ToList();
        return new(
            id, width, 2, l0, 0.01, 0, new ReportTraining("00", _none, 100, 1000, 100, l0, loss, loss, 0, 3), null, true,
            tasks.Count(t => t.Verdict == CircuitVerdict.Holds), tasks.Count(t => t.Best is { Reached: true }), counted.Count,
            GeometricMean.Of(counted), tasks);
    }

    /// <summary>A task; without edges, one of which the circuit misses the target.</summary>
    private static ReportTask Task(string name, int? edges, params (double Target, int? Edges)[] targets)
    {
        var loss = edges is null ? 0.4 : 0.14;
        var best = new ReportCircuit(0, 3, edges ?? 9999, loss, loss, 1, 0, loss, 0.9, edges is not null, _none, []);
        var curve = new CurveResult(
            [],
            [.. targets.Select(
                t => new TargetCircuit(t.Target, t.Edges is { } e ? new ProbeResult(3, e, t.Target, t.Target, 1, 0) : null))]);
        var verdict = edges switch { null => CircuitVerdict.MissesTarget, 0 => CircuitVerdict.Empty, _ => CircuitVerdict.Holds };
        return new ReportTask(
            name, new EvaluateResult(0.05, 0.05, 0.05, 0.9), null, true, best, [], [], null, null, null, targets.Length == 0 ? null : curve,
            null, verdict);
    }

    private static CircuitResult Circuit(int edges, double loss = 0.1) => new(_none, 3, edges, loss, loss, 1);

    [Fact]
    public void A_sparse_model_is_compared_with_the_dense_one_of_its_loss_between_two_by_the_tasks_of_all_three()
    {
        var report = Report(
            [0.5, 0.02],
            Model("sparse", 64, 0.1, 2.5, Task("a", 10, (0.5, 0), (0.02, 40)), Task("b", 100, (0.5, 9), (0.02, null)), Task("c", 7)),
            Model("wide", 64, 1, 2.48, Task("a", 400, (0.5, 8), (0.02, 160)), Task("b", 1600, (0.5, 36), (0.02, 5000)), Task("c", null)),
            Model("narrow", 32, 1, 2.52, Task("a", 100, (0.5, 8), (0.02, 40)), Task("b", 400, (0.5, 9), (0.02, 5000)), Task("c", 9)),
            Model("far", 16, 1, 2.9, Task("a", 1), Task("b", 1), Task("c", 1)));
        var section = MatchedLossSection.Of(report)!;

        Assert.Equal([["sparse", "wide", "narrow", "matched", "2.500", "2.480", "2.520", "0.020"]], section.Tables[0].Rows);
        // Halfway between two sizes in the logarithm: 200 and 800 edges, 20 and 8 times as many.
        Assert.Equal(
            [
                ["sparse", "own", "2", "31.62", "400", "12.65", "8 to 20"],
                ["sparse", "0.02", "1", "40", "80", "2", Format.None],
                ["sparse", "0.5", "1", "9", "18", "2", Format.None],
            ],
            section.Tables[1].Rows);
        // Against the narrow model itself, whose loss is higher, no interpolation is needed and "c" counts.
        Assert.Equal(
            [["sparse", "narrow", "2.500", "2.520", "3", "19.13", "71.14", "3.719", "1.286 to 10", "3"]], section.Tables[2].Rows);
        Assert.Equal(
            [["sparse", "a", "10", "200", "20"], ["sparse", "b", "100", "800", "8"], ["sparse", "c", "7", Format.None, Format.None]],
            section.Tables[3].Rows);
        Assert.Contains(
            "12.65 times as many edges as a sparse one's, 95 % interval 8 to 20; geometric mean over 2 tasks in 1 sparse model.",
            section.Paragraphs[0], StringComparison.Ordinal);
        Assert.Contains("1 at 0.02, 1 at 0.5", Assert.Single(section.Figures).Caption, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2.46, 2.54, "nearest more than 0.03 away", "20")]
    [InlineData(2.51, 2.53, "below all dense models", "40")]
    [InlineData(2.47, 2.49, "above all dense models", "10")]
    public void A_sparse_model_without_dense_ones_near_it_on_both_sides_is_shown_but_in_no_headline(
        double low, double high, string why, string times)
    {
        var section = MatchedLossSection.Of(Report(
            [], Model("sparse", 64, 0.1, 2.5, Task("a", 10)),
            Model("wide", 64, 1, low, Task("a", 400)), Model("narrow", 32, 1, high, Task("a", 100))))!;
        Assert.Equal($"unmatched: {why}", section.Tables[0].Rows[0][3]);
        Assert.Equal(["sparse, unmatched", "own"], section.Tables[1].Rows[0].Take(2));
        Assert.Equal(times, section.Tables[1].Rows[0][5]);
        Assert.Contains("No ratio can be given", section.Paragraphs[0], StringComparison.Ordinal);
        Assert.Contains("1 of 1 sparse models are unmatched", section.Paragraphs[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Replicas_are_compared_with_their_own_dense_models_and_are_drawn_anew_with_the_tasks()
    {
        static ReportModel Replica(ReportModel model, int replica) => model with { Replica = replica };
        var report = Report(
            [],
            Model("s-r0", 64, 0.1, 2.5, Task("a", 10)), Replica(Model("s-r1", 64, 0.1, 2.5, Task("a", 10)), 1),
            Model("unmatched", 64, 0.5, 2.1, Task("a", 9)),
            Model("d-r0", 64, 1, 2.5, Task("a", 10)), Replica(Model("d-r1", 64, 1, 2.5, Task("a", 160)), 1));
        var rows = MatchedLossSection.Of(report)!.Tables[1].Rows;
        Assert.Equal(["s-r0, s-r1", "own", "1", "10", "40", "4", "1 to 16"], rows[0]);
        Assert.Equal("unmatched, unmatched", rows[1][0]);
    }

    [Fact]
    public void A_dense_model_of_a_higher_loss_is_no_more_capable_however_far_away_it_is()
    {
        static ReportModel Second(ReportModel model) => model with { Replica = 1 };
        var section = MatchedLossSection.Of(Report(
            [], Model("sparse", 64, 0.1, 2.5, Task("a", 10), Task("b", 50)), Model("capable", 48, 1, 2.49, Task("a", 1), Task("b", 1)),
            Model("far", 32, 1, 3.9, Task("a", 90), Task("b", 40)), Model("farther", 16, 1, 4, Task("a", 1), Task("b", 1)),
            Second(Model("sparse, again", 64, 0.1, 2.5, Task("a", 10))), Second(Model("near", 48, 1, 2.5, Task("a", 40))),
            Model("above all", 64, 0.01, 5, Task("a", 1))))!;
        // "a": 9 and 4 times as many, "b": 0.8 times.
        var row = Assert.Single(section.Tables[2].Rows);
        Assert.Equal(["sparse, sparse, again", "far, near", "2.500, 2.500", "3.900, 2.500", "2"], row.Take(5));
        Assert.Equal([$"{Format.Short(Math.Sqrt(6 * 0.8))}", "1"], [row[7], row[9]]);
        Assert.Contains("is no more capable", string.Join(' ', section.Paragraphs), StringComparison.Ordinal);
    }

    [Fact]
    public void Widths_are_compared_where_nonzeros_are_equal_replica_by_replica()
    {
        static ReportModel Of(string id, int width, double l0, long nonzeros, int replica, params ReportTask[] tasks)
        {
            var model = Model(id, width, l0, 2.5, tasks);
            return model with { Replica = replica, Trained = model.Trained! with { Nonzeros = nonzeros } };
        }
        var section = WidthSection.Of(Report(
            [],
            Of("n-r0", 32, 0.4, 1000, 0, Task("a", 40), Task("b", 90)), Of("n-r1", 32, 0.4, 1000, 1, Task("a", 160), Task("b", 10)),
            Of("w-r0", 64, 0.1, 1099, 0, Task("a", 10), Task("b", 10)), Of("w-r1", 64, 0.1, 901, 1, Task("a", 10), Task("b", 0)),
            Of("more", 128, 0.1, 1211, 0, Task("a", 1)), Of("dense", 128, 1, 1000, 0, Task("a", 1)), Of("unlike", 32, 0.2, 1, 1)))!;
        // "a": 4 and 16 times as many, so 8; "b": 9, in one replica only, since a circuit without edges does not count.
        IReadOnlyList<string> numbers = ["2", "10", Format.Short(Math.Sqrt(80 * 90)), Format.Short(Math.Sqrt(8 * 9))];
        Assert.Equal(2, section.Tables[0].Rows.Count);
        Assert.Equal(["2 times the width", "", "", "", .. numbers], section.Tables[0].Rows[0].Take(8));
        Assert.Equal(["w-r0, w-r1", "n-r0, n-r1", "2.500, 2.500", "2.500, 2.500", .. numbers], section.Tables[0].Rows[1].Take(8));
        Assert.Equal(section.Tables[0].Rows[0].Skip(8), section.Tables[0].Rows[1].Skip(8));
        Assert.Equal("2", section.Tables[0].Rows[0][^1]);
        Assert.StartsWith(
            "At 2 times the width and equal nonzeros circuits have 8.485 times fewer edges, 95 % interval ", section.Paragraphs[0],
            StringComparison.Ordinal);
        Assert.EndsWith("geometric mean over 2 tasks in 2 pairs of models.", section.Paragraphs[0], StringComparison.Ordinal);
        Assert.Null(WidthSection.Of(Report([], Model("alone", 32, 0.1, 2, Task("a", 1)), Model("dense", 64, 1, 2, Task("a", 1)))));
    }

    [Fact]
    public void Empty_circuits_are_in_no_ratio()
    {
        var report = Report(
            [], Model("sparse", 64, 0.1, 2.5, Task("a", 0), Task("b", 10), Task("c", 10)),
            Model("dense", 64, 1, 2.5, Task("a", 40), Task("b", 20), Task("c", 0)));
        Assert.Equal(["sparse", "own", "1", "10", "20", "2", Format.None], MatchedLossSection.Of(report)!.Tables[1].Rows.Single());
        Assert.Throws<ArgumentOutOfRangeException>(() => GeometricMean.Of([4, 0]));
    }

    [Fact]
    public void Without_a_dense_model_nothing_is_matched_and_the_sizes_by_target_loss_are_shown_all_the_same()
    {
        var sparse = Model(
            "sparse", 64, 0.1, 2.5,
            Task("a", 10, (0.5, 4), (0.02, 40)), Task("b", 9, (0.5, 9), (0.02, null)), Task("c", 5, (0.5, 0), (0.02, 0)));
        var report = Report([0.5, 0.02], sparse, Model("other", 64, 0.05, 2.6, Task("a", 20, (0.5, null), (0.02, null))));
        Assert.Null(MatchedLossSection.Of(report));
        var section = TargetLossSection.Of(report)!;
        Assert.Equal(["model", "at 0.02", "at 0.5"], section.Tables[0].Columns);
        Assert.Equal(
            [["sparse", "40 (1 of 3 tasks)", "6 (2 of 3 tasks)"], ["other", "– (0 of 1 task)", "– (0 of 1 task)"]], section.Tables[0].Rows);
        Assert.Equal([["sparse", "0.02", "c"], ["sparse", "0.5", "c"]], section.Tables[1].Rows);
        Assert.Contains("sparse ends at 6", Assert.Single(section.Figures).Drawing.ToElement().ToString(), StringComparison.Ordinal);
        Assert.Null(TargetLossSection.Of(Report([], Model("m", 64, 0.1, 2, Task("a", 1)))));
    }

    [Fact]
    public void Attribution_is_compared_by_the_circuits_that_both_ways_find()
    {
        ReportTask[] tasks =
        [
            Task("a", 10) with { Attribution = Circuit(20) },
            Task("b", 10) with { Attribution = Circuit(80) },
            Task("c", 10) with { Attribution = Circuit(99, 0.2) },
            Task("d", null) with { Attribution = Circuit(5) }, Task("e", 0) with { Attribution = Circuit(0) },
        ];
        var section = AttributionSection.Of(Report([], Model("m", 64, 0.1, 2, tasks)))!;
        Assert.Equal([["m", "5", "3", "3", "2", "10", "40", "4", "2 to 8"]], section.Tables[0].Rows);
        Assert.Equal(["2", "8", Format.None, Format.None, Format.None], section.Tables[1].Rows.Select(row => row[^1]));
    }

    [Fact]
    public void The_frontier_compares_by_the_tasks_of_all_models_but_those_that_reach_next_to_none()
    {
        var report = Report(
            [],
            Model("d32-l1", 32, 1, 2.2, Task("a", 100), Task("b", 400), Task("c", 5), Task("d", 6)),
            Model("d32-l0.1", 32, 0.1, 2.6, Task("a", 10), Task("b", 40), Task("c", null), Task("d", null)),
            Model("d64-l0.1", 64, 0.1, 2.4, Task("a", 9), Task("b", 9), Task("c", 9), Task("d", null)),
            Model("d16-l0.1", 16, 0.1, 3, Task("a", null), Task("b", null), Task("c", 9), Task("d", null)));
        var section = FrontierSection.Of(report)!;

        Assert.Contains("Here 3 of 4 models are, by 2 tasks: a, b.", section.Paragraphs[0], StringComparison.Ordinal);
        Assert.Equal(
            [
            ["d32-l1", "1", "32", "2", "2.200", "4 of 4", "200"],
            ["d32-l0.1", "0.1", "32", "2", "2.600", "2 of 4", "20"],
            ["d64-l0.1", "0.1", "64", "2", "2.400", "3 of 4", "9"],
            ["d16-l0.1", "0.1", "16", "2", "3.000", "1 of 4", Format.None],
        ],
        section.Tables[0].Rows);
        var drawn = Assert.Single(section.Figures).Drawing.ToElement().ToString();
        Assert.Contains("L0 1 ends at 200; L0 0.1 ends at 9", drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_without_a_task_in_common_have_no_frontier_and_are_told_so()
    {
        var section = FrontierSection.Of(
            Report([], Model("x", 32, 1, 2, Task("a", 1), Task("b", null)), Model("y", 32, 0.5, 2, Task("a", null), Task("b", 1))))!;
        Assert.Contains("2 of 2 models would be, but they have no task in common", section.Paragraphs[0], StringComparison.Ordinal);
        Assert.Empty(section.Figures);
        Assert.Empty(FrontierSection.Of(Report([], Model("x", 32, 1, 2, Task("a", null))))!.Figures);
    }

    [Fact]
    public void Tasks_are_counted_by_their_verdict()
    {
        ReportTask[] tasks =
        [
            Task("a", 5) with { Validation = new(0.1, 1, 0.15, 0.5, _none, 3, 4) },
            Task("b", 5) with { Validation = new(0.1, 1, 0.2, 0.5, _none, 3, 4) },
            Task("c", null),
            Task("d", 5) with { Verdict = CircuitVerdict.NotLearned, Unpruned = new(1, 0.8, 0.9, 0.5) { CalibratedLoss = 0.65 } },
        ];
        var section = TasksSection.Of(Report([], Model("m", 32, 0.1, 2, tasks), Model("empty", 32, 0.1, 2, Task("a", 0))))!;
        Assert.Equal(["model", "tasks", "holds", "misses the target", "empty", "not learned", "rest resampled"], section.Tables[0].Columns);
        Assert.Equal([["m", "4", "2", "1", "0", "1", "1"], ["empty", "1", "0", "0", "1", "0", "0"]], section.Tables[0].Rows);
        Assert.Equal([["m", "d", "0.650", "0.800", "0.900", "50.0 %", "no"]], section.Tables[1].Rows);
    }
}
