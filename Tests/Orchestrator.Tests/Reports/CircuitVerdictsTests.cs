using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Tests.Reports;

public sealed class CircuitVerdictsTests : IDisposable
{
    private readonly SyntheticSweep _synthetic = new();

    public void Dispose() => _synthetic.Dispose();

    private SweepSpec Spec => _synthetic.Sweep.Spec;

    /// <summary>A task whose search has ended, and its circuit: 81 edges, loss 0.125 on validation pairs and 0.135 on test pairs.</summary>
    private TaskSnapshot Task => _synthetic.Sweep.Models[0].Tasks[0];

    private ReportCircuit Best => ReportBuilder.Build(_synthetic.Sweep).Models[0].Tasks[0].Best!;

    [Theory]
    [InlineData(0.15, 0.6932, "Holds")]
    [InlineData(0.15, 9, "Holds")]
    [InlineData(0.15, 0.52, "Holds")]
    [InlineData(0.15, 0.519, "SufficientOnly")]
    [InlineData(0.1, 0.1, "SufficientOnly")]
    [InlineData(0.151, 9, "MissesOnTest")]
    [InlineData(double.NaN, 9, "MissesOnTest")]
    [InlineData(0.1, double.NaN, "SufficientOnly")]
    public void A_circuit_holds_when_it_is_enough_and_little_of_the_answer_is_left_without_it(
        double sufficiency, double necessity, string verdict)
    {
        var validation = Task.Validation! with { Sufficiency = sufficiency, Necessity = necessity };
        Assert.Equal(verdict, Of(Task with { Validation = validation }, Best).ToString());
    }

    [Fact]
    public void A_model_that_says_the_same_of_both_prompts_is_at_least_as_bad_as_guessing()
    {
        foreach (var margin in new[] { 0, 1e-9, 0.3, 5 })
        {
            var loss = (Math.Log(1 + Math.Exp(-margin)) + Math.Log(1 + Math.Exp(margin))) / 2;
            Assert.True(loss >= CircuitVerdicts.Necessary);
        }
    }

    [Fact]
    public void A_circuit_without_edges_never_holds_whether_the_search_found_it_or_the_clean_up()
    {
        Assert.Equal(CircuitVerdict.Empty, Of(Task, Best with { Nodes = 0, Edges = 0 }));
        Assert.Equal(CircuitVerdict.Empty, Of(Task, Best with { Nodes = 3, Edges = 0 }));
        Assert.Equal(CircuitVerdict.Empty, Of(Task with { Validation = Task.Validation! with { Edges = 0 } }, Best));
    }

    [Fact]
    public void What_misses_the_target_on_the_pairs_that_it_was_chosen_by_misses_it_whatever_the_test_pairs_say() =>
        Assert.Equal(CircuitVerdict.MissesTarget, Of(Task, Best with { Reached = false }));

    [Fact]
    public void A_task_that_is_not_learned_is_that_whatever_a_search_found_and_also_where_it_was_searched()
    {
        var unlearned = Task with { Evaluated = Task.Evaluated! with { CalibratedLoss = 0.6 } };
        Assert.Equal(CircuitVerdict.NotLearned, Of(unlearned, Best));
        Assert.Equal(CircuitVerdict.NotLearned, Of(unlearned with { Search = null }, null));
        Assert.Equal(CircuitVerdict.NotLearned, CircuitVerdicts.Of(Spec with { SkipUnlearned = false }, unlearned, Best, false));
    }

    [Fact]
    public void A_failure_is_one_and_a_search_without_a_circuit_too()
    {
        Assert.Equal(CircuitVerdict.Failed, Of(Task with { Failure = "no such token", Evaluated = null, Search = null }, null));
        Assert.Equal(CircuitVerdict.Failed, Of(Task, null));
    }

    [Fact]
    public void What_has_not_ended_has_no_verdict_yet()
    {
        Assert.Equal(CircuitVerdict.Open, Of(Task with { Search = Task.Search! with { Ended = null } }, Best));
        Assert.Equal(CircuitVerdict.Open, Of(Task with { Search = null }, null));
        Assert.Equal(CircuitVerdict.Open, Of(Task with { Validation = null }, Best));
    }

    [Fact]
    public void Without_a_validation_the_test_pairs_tell_whether_it_is_at_the_target_and_no_more()
    {
        var unvalidated = Task with { Validation = null };
        Assert.Equal(CircuitVerdict.NotValidated, CircuitVerdicts.Of(Spec, unvalidated, Best, true));
        Assert.Equal(CircuitVerdict.MissesOnTest, CircuitVerdicts.Of(Spec, unvalidated, Best with { TestLoss = 0.2 }, true));
    }

    [Fact]
    public void A_validation_that_failed_will_not_come()
    {
        var model = _synthetic.Sweep.Models[0];
        var subject = model.Plan.Of(SweepStage.Validate, Task.Task).Value;
        var sweep = _synthetic.Sweep with
        {
            Failures = [new SweepFailure(subject, "out of memory")],
            Models = [model with { Tasks = [Task with { Validation = null }, model.Tasks[1] with { Validation = null }] }],
        };
        Assert.Equal([CircuitVerdict.NotValidated, CircuitVerdict.Open], ReportBuilder.Build(sweep).Models[0].Tasks.Select(t => t.Verdict));
    }

    [Fact]
    public void The_headline_counts_first_what_holds()
    {
        var report = ReportBuilder.Build(_synthetic.Sweep);
        Assert.Equal("3 of 4 circuits hold on test pairs; 1 misses the target.", CircuitVerdicts.Headline(report));
        var model = report.Models[0];
        ReportDocument With(bool validate, params CircuitVerdict[] verdicts) => report with
        {
            Spec = Spec with { Validate = validate },
            Models = [model with { Tasks = [.. verdicts.Select(v => model.Tasks[0] with { Verdict = v })] }],
        };
        Assert.Equal(
            "1 of 5 circuits holds on test pairs; 1 sufficient only; 2 miss on test pairs; 1 empty.",
            CircuitVerdicts.Headline(With(
                true, CircuitVerdict.Empty, CircuitVerdict.MissesOnTest, CircuitVerdict.Holds, CircuitVerdict.MissesOnTest,
                CircuitVerdict.SufficientOnly)));
        Assert.Equal(
            "2 of 3 circuits are at the target on test pairs, not validated; 1 not learned.",
            CircuitVerdicts.Headline(With(false, CircuitVerdict.NotValidated, CircuitVerdict.NotValidated, CircuitVerdict.NotLearned)));
        Assert.Equal("0 of 1 circuit holds on test pairs; 1 not learned.", CircuitVerdicts.Headline(With(true, CircuitVerdict.NotLearned)));
        Assert.Equal("1 of 1 circuit holds on test pairs.", CircuitVerdicts.Headline(With(true, CircuitVerdict.Holds)));
        Assert.Equal(
            "0 of 1 circuit is at the target on test pairs, not validated; 1 empty.",
            CircuitVerdicts.Headline(With(false, CircuitVerdict.Empty)));
        Assert.Null(CircuitVerdicts.Headline(With(true)));
    }

    [Fact]
    public void Every_verdict_has_words_and_a_meaning() => Assert.All(Enum.GetValues<CircuitVerdict>(), verdict =>
    {
        Assert.NotEmpty(CircuitVerdicts.Words(verdict));
        Assert.NotEmpty(CircuitVerdicts.Meaning(verdict, Spec.Pruning));
    });

    private CircuitVerdict Of(TaskSnapshot task, ReportCircuit? best) => CircuitVerdicts.Of(Spec, task, best, unvalidated: false);
}
