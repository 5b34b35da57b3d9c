using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Tests.Reports;

/// <summary>The sections that set models beside each other, on documents written by hand.</summary>
public class ComparisonTests
{
    private const double Target = 0.15;

    private static readonly ArtifactRef _none = new("none", "00", 0);

    private static ReportDocument Report(IReadOnlyList<double> targets, params ReportModel[] models) => new(
        1, "by hand", SweepStatus.Completed,
        new SweepSpec { Name = "by-hand", Corpus = new CorpusOptions(), Tasks = [.. models.SelectMany(m => m.Tasks).Select(t => t.Task).Distinct()], TargetLosses = targets },
        null, models, []);

    private static ReportModel Model(string id, int width, double l0, double loss, params ReportTask[] tasks) => new(
        id, width, 2, l0, 0.01, new ReportTraining("00", _none, 100, 1000, 100, l0, loss, loss, 0, 3), null, true,
        tasks.Count(t => t.Best is { Reached: true }), GeometricMean.OfEdges(tasks.Where(t => t.Best is { Reached: true }).Select(t => t.Best!.Edges)), tasks);

    /// <summary>A task; without edges, one of which the circuit misses the target.</summary>
    private static ReportTask Task(string name, int? edges, double unpruned = 0.05, ValidationResult? validation = null, params (double Target, int? Edges)[] targets)
    {
        var loss = edges is null ? 0.4 : 0.14;
        var best = new ReportCircuit(0, 3, edges ?? 9999, loss, loss, 1, 0, loss, 0.9, edges is not null, _none, []);
        var curve = new CurveResult([], [.. targets.Select(t => new TargetCircuit(t.Target, t.Edges is { } e ? new ProbeResult(3, e, t.Target, t.Target, 1, 0) : null))]);
        return new ReportTask(name, new EvaluateResult(unpruned, unpruned, unpruned, 0.9), null, true, best, [], [], null, validation, null, targets.Length == 0 ? null : curve, null);
    }

    private static ValidationResult Validated(double sufficiency, double necessity, double resample) => new(sufficiency, necessity, resample, 0.5, _none, 3, 4);

    [Fact]
    public void Sparse_models_stand_beside_the_dense_one_of_the_nearest_loss_by_the_tasks_of_both()
    {
        var report = Report(
            [0.5, 0.02],
            Model("sparse", 64, 0.1, 2.5, Task("a", 10, targets: [(0.5, 0), (0.02, 40)]), Task("b", 90, targets: [(0.5, 9), (0.02, null)]), Task("c", 7)),
            Model("wide", 64, 1, 2.1, Task("a", 1)),
            Model("narrow", 32, 1, 2.45, Task("a", 160, targets: [(0.5, 8), (0.02, 80)]), Task("b", 1000, targets: [(0.5, 18), (0.02, 5000)]), Task("c", null)));
        var section = MatchedLossSection.Of(report)!;

        Assert.Equal([["sparse", "narrow", "2.500", "2.450", "−0.050", "2", "30", "400", "13.33"]], section.Tables[0].Rows);
        Assert.Equal(
            [["sparse", "narrow", "0.02", "1", "40", "80", "2"], ["sparse", "narrow", "0.5", "2", "3", "12", "4"]],
            section.Tables[1].Rows);
        Assert.Equal(
            [["sparse", "narrow", "a", "10", "160", "16"], ["sparse", "narrow", "b", "90", "1,000", "11.11"], ["sparse", "narrow", "c", "7", Format.None, Format.None]],
            section.Tables[2].Rows);
        Assert.Contains("1 at 0.02, 2 at 0.5", Assert.Single(section.Figures).Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_targets_only_the_prunings_own_is_compared_and_without_a_dense_model_nothing()
    {
        var sparse = Model("sparse", 64, 0.1, 2.5, Task("a", 10));
        var section = MatchedLossSection.Of(Report([], sparse, Model("dense", 64, 1, 2.6, Task("a", 20))))!;
        Assert.Equal(2, section.Tables.Count);
        Assert.Equal("+0.100", section.Tables[0].Rows[0][4]);
        Assert.Empty(section.Figures);
        Assert.Null(MatchedLossSection.Of(Report([], sparse, Model("sparser", 64, 0.05, 2.6, Task("a", 20)))));
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
        var section = FrontierSection.Of(Report([], Model("x", 32, 1, 2, Task("a", 1), Task("b", null)), Model("y", 32, 0.5, 2, Task("a", null), Task("b", 1))))!;
        Assert.Contains("2 of 2 models would be, but they have no task in common", section.Paragraphs[0], StringComparison.Ordinal);
        Assert.Empty(section.Figures);
        Assert.Empty(FrontierSection.Of(Report([], Model("x", 32, 1, 2, Task("a", null))))!.Figures);
    }

    [Fact]
    public void Tasks_are_learned_by_the_unpruned_loss_and_only_circuits_of_those_are_counted()
    {
        var report = Report(
            [],
            Model("m", 32, 0.1, 2, Task("a", 5, Target, Validated(Target, 0.5, 0.2)), Task("b", 5, 0.1, Validated(0.16, 2, 0.1)), Task("c", null, 0.1), Task("d", 5, 0.3, Validated(0, 9, 0))),
            Model("unvalidated", 64, 0.1, 2, Task("a", 5)));
        var section = TasksSection.Of(report)!;
        Assert.Equal(
            [["m", "4", "3", "2", "1", "2", "1", "1"], ["unvalidated", "1", "1", "1", Format.None, Format.None, Format.None, Format.None]],
            section.Tables[0].Rows);
        Assert.Equal([["m", "d 0.300"]], section.Tables[1].Rows);
    }
}
