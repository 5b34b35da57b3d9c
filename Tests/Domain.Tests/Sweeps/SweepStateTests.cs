namespace Sweeps.Domain.Tests.Sweeps;

public class SweepStateTests
{
    private static readonly SweepSpec _spec = FakeResults.Spec with { Tasks = ["bracket_counting"] };
    private static readonly SweepPlan _plan = SweepPlan.Of(_spec);
    private static readonly SweepSubmitted _submitted = new(_spec);
    private static readonly TrialResultRecorded _prepared = new(SweepPlan.Preparation, FakeResults.Prepared);

    [Fact]
    public void A_sweep_is_submitted_once_and_only_under_one_description()
    {
        Assert.Equal([_submitted], Given.Accepts(Decide(new SubmitSweep(_spec))));
        Given.DoesNothing(Decide(new SubmitSweep(_spec with { }), _submitted));
        Given.Refuses("another description", Decide(new SubmitSweep(_spec with { Seed = 99 }), _submitted));
    }

    [Fact]
    public void Models_wait_for_the_corpus_and_then_all_train()
    {
        Assert.Equal([SweepPlan.Preparation], State(_submitted).OpenTrials().Select(t => t.Trial));
        Assert.Equal(_plan.Models.Select(m => m.Trial), State(_submitted, _prepared).OpenTrials().Select(t => t.Trial));
    }

    [Fact]
    public void A_group_goes_on_to_its_tasks_as_soon_as_it_is_trained_with_its_best_learning_rate()
    {
        var (fast, slow) = (_plan.Models[0], _plan.Models[1]);
        Assert.Equal(fast.Group, slow.Group);
        SweepEvent[] one = [_submitted, _prepared, Trained(fast, 2.0)];
        Assert.DoesNotContain(State(one).OpenTrials(), t => t.Job is EvaluateJob);
        var open = State([.. one, Trained(slow, 1.5)]).OpenTrials().ToList();
        Assert.Equal(
            [_plan.Models[2].Trial, _plan.Models[3].Trial, slow.Of(SweepStage.Evaluate, "bracket_counting")], open.Select(t => t.Trial));
    }

    [Fact]
    public void A_loss_that_is_no_number_never_wins_and_equals_go_to_the_first()
    {
        var (a, b) = (_plan.Models[0], _plan.Models[1]);
        Assert.Equal([b.Id], State(_submitted, _prepared, Trained(a, double.NaN), Trained(b, 3)).Selected().Select(m => m.Id));
        Assert.Equal([a.Id], State(_submitted, _prepared, Trained(a, 3), Trained(b, 3)).Selected().Select(m => m.Id));
    }

    [Fact]
    public void A_result_enters_once()
    {
        SweepEvent[] given = [_submitted, _prepared, Trained(_plan.Models[0], 2)];
        var other = (TrainResult)Trained(_plan.Models[0], 1).Result;
        Given.DoesNothing(Decide(new RecordTrialResult(_plan.Models[0].Trial, other), given));
        Given.DoesNothing(Decide(new RecordTrialFailure(_plan.Models[0].Trial, "late"), given));
        Given.Refuses("no trial of the sweep", Decide(new RecordTrialResult(new TrialId("models/other"), other), given));
    }

    [Fact]
    public void Stages_are_completed_in_order_and_the_last_one_completes_the_sweep()
    {
        var state = State(_submitted);
        List<SweepEvent> milestones = [];
        for (var guard = 0; state.Status != SweepStatus.Completed; guard++)
        {
            Assert.True(guard < 100);
            SweepCommand next = state.OpenTrials().FirstOrDefault() is { Job: { } job } trial
                ? new RecordTrialResult(trial.Trial, FakeResults.Of(job))
                : new RecordSearchResult(state.OpenSearches().First().Id, 1, FakeResults.Circuit);
            foreach (var e in Given.Accepts(SweepState.Decide(state, next)))
            {
                state = SweepState.Apply(state, Given.Stored(e));
                if (e is StageCompleted or SweepCompleted) milestones.Add(e);
            }
            Assert.Empty(SweepState.Decide(state, next).Events);
        }
        Assert.Equal(Enum.GetValues<SweepStage>().Where(FakeResults.Spec.Has), milestones.OfType<StageCompleted>().Select(s => s.Stage));
        Assert.Empty(Assert.IsType<SweepCompleted>(milestones[^1]).Failures);
    }

    [Fact]
    public void A_corpus_that_cannot_be_prepared_ends_the_sweep()
    {
        var events = Given.Accepts(Decide(new RecordTrialFailure(SweepPlan.Preparation, "no such folder"), _submitted));
        Assert.Equal([new SweepFailure("corpus", "no such folder")], Assert.IsType<SweepCompleted>(events[^1]).Failures);
    }

    [Fact]
    public void A_sweep_without_tasks_ends_with_its_last_model()
    {
        var spec = _spec with { Tasks = [], Grid = new GridOptions { L0 = [0.5] } };
        var model = SweepPlan.Of(spec).Models.Single();
        var events = Given.Accepts(
            Decide(new RecordTrialResult(model.Trial, Trained(model, 1).Result), new SweepSubmitted(spec), _prepared));
        Assert.IsType<SweepCompleted>(events[^1]);
    }

    [Fact]
    public void A_search_whose_prunings_all_failed_is_listed()
    {
        var spec = _spec with { Grid = new GridOptions { L0 = [0.5] }, Attribution = false };
        var model = SweepPlan.Of(spec).Models.Single();
        var evaluated = new TrialResultRecorded(model.Of(SweepStage.Evaluate, "bracket_counting"), new EvaluateResult(0, 0, 0, 1));
        var events = Given.Accepts(Decide(
            new RecordSearchResult(new SearchId(model.Id, "bracket_counting"), null, null), new SweepSubmitted(spec), _prepared, Trained(
                model, 1), evaluated));
        Assert.Equal(
            "searches/d2048n8-l0.5-r0/bracket_counting", Assert.Single(Assert.IsType<SweepCompleted>(events[^1]).Failures).Subject);
    }

    [Fact]
    public void Trials_that_failed_are_opened_again_all_or_the_named_and_a_completed_sweep_is_unfinished_once_more()
    {
        SweepEvent[] failed = [_submitted, .. Given.Accepts(
            Decide(new RecordTrialFailure(SweepPlan.Preparation, "no such folder"), _submitted))];
        Assert.Equal(SweepStatus.Completed, State(failed).Status);
        Assert.Equal(1, State(failed).Failed(SweepStage.Prepare));
        var reopened = new TrialReopened(SweepPlan.Preparation);
        Assert.Equal([reopened], Given.Accepts(Decide(new RetryTrials([]), failed)));
        Assert.Equal([reopened], Given.Accepts(Decide(new RetryTrials([SweepPlan.Preparation, SweepPlan.Preparation]), failed)));
        var state = State([.. failed, reopened]);
        Assert.Equal(
            (SweepStatus.Unfinished, 1, 0), (state.Status, state.Retries[SweepPlan.Preparation], state.Failed(SweepStage.Prepare)));
        Assert.Empty(state.Stages);
        Assert.Equal([SweepPlan.Preparation], state.OpenTrials().Select(t => t.Trial));
        Assert.Equal(_plan.Models.Select(m => m.Trial), State([.. failed, reopened, _prepared]).OpenTrials().Select(t => t.Trial));
    }

    [Fact]
    public void What_has_not_failed_is_not_of_the_sweep_or_belongs_to_a_search_is_not_tried_again()
    {
        Given.DoesNothing(Decide(new RetryTrials([]), _submitted, _prepared));
        Given.Refuses("corpus has not failed", Decide(new RetryTrials([SweepPlan.Preparation]), _submitted, _prepared));
        Given.Refuses("corpus has not failed", Decide(new RetryTrials([SweepPlan.Preparation]), _submitted));
        Given.Refuses(
            "what failed in a search is what it has learned", Decide(new RetryTrials([new TrialId("searches/x/y/0001")]), _submitted));
        Given.Refuses("cancelled", Decide(new RetryTrials([]), _submitted, new SweepCancelled()));
    }

    [Fact]
    public void A_model_that_is_trained_again_and_is_better_takes_the_place_of_the_one_that_went_on()
    {
        var (a, b) = (_plan.Models[0], _plan.Models[1]);
        var evaluation = b.Of(SweepStage.Evaluate, "bracket_counting");
        SweepEvent[] events =
        [
            _submitted, _prepared, new TrialFailureRecorded(a.Trial, "diverged"), Trained(b, 2), new TrialFailureRecorded(
                evaluation, "no such file"),
        ];
        Assert.Equal([a.Trial.Value, evaluation.Value], State(events).Failures().Select(f => f.Subject));
        SweepEvent[] reopened = [.. events, new TrialReopened(a.Trial)];
        Assert.Contains(a.Trial, State(reopened).OpenTrials().Select(t => t.Trial));
        Assert.Empty(State(reopened).Selected());
        Given.Refuses(
            "no trial", Decide(new RecordTrialResult(b.Of(SweepStage.Evaluate, "other"), new EvaluateResult(0, 0, 0, 1)), reopened));
        var better = State([.. reopened, Trained(a, 1)]);
        Assert.Equal([a.Id], better.Selected().Select(m => m.Id));
        Assert.Empty(better.Failures());
        var worse = State([.. reopened, Trained(a, 3)]);
        Assert.Equal([b.Id], worse.Selected().Select(m => m.Id));
        Assert.Equal([evaluation.Value], worse.Failures().Select(f => f.Subject));
        Assert.DoesNotContain(evaluation, worse.OpenTrials().Select(t => t.Trial));
    }

    [Fact]
    public void A_snapshot_of_a_sweep_with_trials_opened_again_is_the_same_state()
    {
        var state = State(
            _submitted, _prepared, new TrialFailureRecorded(_plan.Models[0].Trial, "diverged"), new TrialReopened(_plan.Models[0].Trial));
        var restored = Given.Stored(SweepSnapshot.Of(state)).State();
        Assert.Equal(state.OpenTrials().Select(t => t.Trial), restored.OpenTrials().Select(t => t.Trial));
        Assert.Equal(1, restored.Retries[_plan.Models[0].Trial]);
    }

    [Fact]
    public void Pause_resume_and_cancel_happen_once_and_submitting_resumes()
    {
        Assert.Equal([new SweepPaused()], Given.Accepts(Decide(new PauseSweep(), _submitted)));
        Given.DoesNothing(Decide(new PauseSweep(), _submitted, new SweepPaused()));
        Given.DoesNothing(Decide(new ResumeSweep(), _submitted));
        Assert.Equal([new SweepResumed()], Given.Accepts(Decide(new SubmitSweep(_spec), _submitted, new SweepPaused())));
        Assert.Equal([new SweepCancelled()], Given.Accepts(Decide(new CancelSweep(), _submitted)));
        Given.DoesNothing(Decide(new CancelSweep(), _submitted, new SweepCancelled()));
        Given.DoesNothing(Decide(new RecordTrialResult(SweepPlan.Preparation, FakeResults.Prepared), _submitted, new SweepCancelled()));
        Assert.Empty(State(_submitted, new SweepCancelled()).OpenTrials());
    }

    private static TrialResultRecorded Trained(PlannedModel model, double loss) =>
        new(model.Trial, (TrainResult)FakeResults.Of(SweepPlan.Train(model, FakeResults.Prepared)) with { ValidationLoss = loss });

    private static Decision<SweepEvent> Decide(SweepCommand command, params SweepEvent[] given) => SweepState.Decide(State(given), command);

    private static SweepState State(params SweepEvent[] events) => Given.State(SweepState.Initial, SweepState.Apply, events);
}
