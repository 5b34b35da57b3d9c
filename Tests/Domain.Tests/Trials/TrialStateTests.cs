namespace Sweeps.Domain.Tests.Trials;

public class TrialStateTests
{
    private const int Max = 3;
    private static readonly SweepPlan _plan = SweepPlan.Of(FakeResults.Spec);
    private static readonly TrialId _id = _plan.Models[0].Trial;
    private static readonly TrainJob _job = SweepPlan.Train(_plan.Models[0], FakeResults.Prepared);
    private static readonly JobResult _result = FakeResults.Of(_job);
    private static readonly ArtifactRef _checkpoint = FakeResults.Artifact("models/x/checkpoint-200");
    private static readonly TrialQueued _queued = new(_id, _job);

    [Fact]
    public void A_trial_is_queued_once()
    {
        Assert.Equal([_queued], Given.Accepts(Decide(new QueueTrial(_id, _job))));
        Given.DoesNothing(Decide(new QueueTrial(_id, _job), _queued));
    }

    [Fact]
    public void A_result_of_the_present_attempt_ends_the_trial()
    {
        Assert.Equal(
            [new TrialSucceeded(1, _result)], Given.Accepts(Decide(new RecordResult(1, _result), _queued, new TrialStarted(1, "cpu-0"))));
        var state = State(_queued, new TrialStarted(1, "cpu-0"), new TrialSucceeded(1, _result));
        Assert.Equal(_result, state.Result);
        Assert.True(state.IsFinal);
    }

    [Fact]
    public void Nothing_that_an_older_attempt_says_is_accepted()
    {
        TrialEvent[] given = [_queued, new TrialStarted(1, "cpu-0"), new AttemptLost(1, "killed", true), new TrialStarted(2, "cpu-1")];
        TrialCommand[] late =
        [
            new RecordResult(1, _result), new RecordFailure(1, FailureKind.Work, "NaN", Max), new RecordCheckpoint(1, 200, _checkpoint),
            new RecordStart(1, "cpu-0"), new RecordInterruption(1, "stop"),
        ];
        foreach (var command in late) Given.Refuses("at attempt 2", Decide(command, given));
    }

    [Fact]
    public void Nothing_is_accepted_after_the_end()
    {
        TrialEvent[] given = [_queued, new TrialStarted(1, "cpu-0"), new TrialSucceeded(1, _result)];
        Given.Refuses("has ended", Decide(new RecordResult(1, _result), given));
        Given.Refuses("has ended", Decide(new RecordFailure(1, FailureKind.World, "killed", Max), given));
        Given.DoesNothing(Decide(new CancelTrial(), given));
        Given.DoesNothing(Decide(new ResumeTrial(), given));
    }

    [Fact]
    public void A_failure_of_the_work_is_final_at_once()
    {
        var events = Given.Accepts(
            Decide(new RecordFailure(1, FailureKind.Work, "diverged at step 7", Max), _queued, new TrialStarted(1, "cpu-0")));
        Assert.Equal([new TrialFailed(1, "diverged at step 7", FailureKind.Work)], events);
        Assert.True(State([_queued, .. events]).IsFinal);
    }

    [Fact]
    public void A_trial_that_failed_by_its_own_fault_is_tried_again_once_for_each_time_it_is_told_to()
    {
        TrialEvent[] failed =
        [
            _queued, new TrialStarted(1, "cpu-0"), new CheckpointReached(1, 200, _checkpoint), new TrialFailed(
                1, "no such file", FailureKind.Work),
        ];
        Assert.Equal([new TrialRetried(1, 1)], Given.Accepts(Decide(new RetryTrial(1, _job), failed)));
        TrialEvent[] retried = [.. failed, new TrialRetried(1, 1)];
        Given.DoesNothing(Decide(new RetryTrial(1, _job), retried));
        var state = State(retried);
        Assert.Equal((TrialPhase.Waiting, 2, null, null), (state.Phase, state.Attempt, state.Checkpoint, state.Reason));
        TrialEvent[] again = [.. retried, new TrialStarted(2, "cpu-0"), new TrialFailed(2, "no such file", FailureKind.Work)];
        Given.DoesNothing(Decide(new RetryTrial(1, _job), again));
        Assert.Equal([new TrialRetried(2, 2)], Given.Accepts(Decide(new RetryTrial(2, _job), again)));
        Given.DoesNothing(Decide(new RetryTrial(1, _job), _queued, new TrialStarted(1, "cpu-0")));
        Given.DoesNothing(Decide(new RetryTrial(1, _job), _queued, new TrialStarted(1, "cpu-0"), new TrialSucceeded(1, _result)));
    }

    [Fact]
    public void A_trial_that_has_a_result_begins_anew_only_with_other_work()
    {
        TrialEvent[] given = [_queued, new TrialStarted(1, "cpu-0"), new TrialSucceeded(1, _result)];
        var other = _job with { Training = _job.Training with { Steps = 7 } };
        var events = Given.Accepts(Decide(new RetryTrial(1, other), given));
        Assert.Equal(
            [new TrialRetried(1, 1, other)], events.Select(Given.Stored).Select(e => e is TrialRetried r ? r with { Job = other } : e));
        var state = State([.. given, .. events]);
        Assert.Equal((TrialPhase.Waiting, 2, null, 7), (state.Phase, state.Attempt, state.Result, ((TrainJob)state.Job!).Training.Steps));
        Given.DoesNothing(Decide(new RetryTrial(1, _job), [.. given, .. events]));
    }

    [Fact]
    public void A_failure_of_the_world_leads_to_another_attempt_from_the_last_checkpoint()
    {
        TrialEvent[] given = [_queued, new TrialStarted(1, "cpu-0"), new CheckpointReached(1, 200, _checkpoint)];
        var events = Given.Accepts(Decide(new RecordFailure(1, FailureKind.World, "killed", Max), given));
        Assert.Equal([new AttemptLost(1, "killed", ByTheWorld: true)], events);
        var state = State([.. given, .. events]);
        Assert.Equal((2, TrialPhase.Waiting, _checkpoint, 200), (state.Attempt, state.Phase, state.Checkpoint, state.CheckpointStep));
    }

    [Fact]
    public void So_many_failures_of_the_world_in_a_row_end_the_trial_until_the_sweep_is_run_again()
    {
        var state = State(_queued);
        for (var attempt = 1; attempt <= Max; attempt++)
        {
            state = TrialState.Apply(state, new TrialStarted(attempt, "cpu-0"));
            var happened = Given.Accepts(
                TrialState.Decide(state, new RecordFailure(attempt, FailureKind.World, "disk full", Max))).Single();
            Assert.Equal(attempt == Max, happened is TrialFailed { Kind: FailureKind.World });
            state = TrialState.Apply(state, happened);
        }
        Assert.Equal(TrialPhase.Failed, state.Phase);
        Assert.False(state.IsFinal);

        state = TrialState.Apply(state, Given.Accepts(TrialState.Decide(state, new ResumeTrial())).Single());
        Assert.Equal((Max + 1, TrialPhase.Waiting, 0), (state.Attempt, state.Phase, state.WorldFailures));
    }

    [Fact]
    public void A_new_checkpoint_forgets_the_failures_before_it()
    {
        var state = State(_queued, new AttemptLost(1, "killed", true), new AttemptLost(2, "killed", true), new TrialStarted(3, "cpu-0"));
        Assert.Equal(2, state.WorldFailures);
        Assert.Equal(0, TrialState.Apply(state, new CheckpointReached(3, 400, _checkpoint)).WorldFailures);
    }

    [Fact]
    public void However_often_the_world_fails_it_the_next_attempt_resumes_from_the_last_checkpoint()
    {
        List<TrialEvent> events = [_queued, new TrialStarted(1, "cpu-0"), new CheckpointReached(1, 200, _checkpoint)];
        for (var attempt = 1; attempt < 9; attempt++)
            events.AddRange(Given.Accepts(Decide(new RecordFailure(attempt, FailureKind.World, "too many open files", 9), [.. events])));
        Assert.Equal((9, _checkpoint, 200), (State([.. events]).Attempt, State([.. events]).Checkpoint, State([.. events]).CheckpointStep));
    }

    [Fact]
    public void A_restart_of_the_orchestrator_fences_off_the_attempt_that_was_under_way()
    {
        TrialEvent[] given = [_queued, new TrialStarted(1, "cpu-0"), new CheckpointReached(1, 200, _checkpoint)];
        var events = Given.Accepts(Decide(new ResumeTrial(), given));
        Assert.Equal([new TrialResumed(1)], events);
        Given.Refuses("at attempt 2", Decide(new RecordResult(1, _result), [.. given, .. events]));
        Assert.Equal(_checkpoint, State([.. given, .. events]).Checkpoint);
    }

    [Fact]
    public void The_same_command_twice_adds_nothing_the_second_time()
    {
        TrialEvent[] given = [_queued, new TrialStarted(1, "cpu-0")];
        TrialCommand[] commands =
        [
            new QueueTrial(_id, _job), new RecordStart(1, "cpu-0"), new RecordCheckpoint(1, 200, _checkpoint), new RecordResult(1, _result),
            new RecordFailure(1, FailureKind.World, "killed", Max), new RecordInterruption(1, "stop"), new CancelTrial(),
        ];
        foreach (var command in commands)
        {
            var after = State([.. given, .. Decide(command, given).Events]);
            Assert.Empty(TrialState.Decide(after, command).Events);
        }
    }

    private static Decision<TrialEvent> Decide(TrialCommand command, params TrialEvent[] given) => TrialState.Decide(State(given), command);

    private static TrialState State(params TrialEvent[] events) => Given.State(TrialState.Initial, TrialState.Apply, events);
}
