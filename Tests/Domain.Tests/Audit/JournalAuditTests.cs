using Sweeps.Domain.Audit;

namespace Sweeps.Domain.Tests.Audit;

/// <summary>
/// The journal of a whole run contradicts nothing, however far it is; a journal in which anything happened that must not is found out.
/// </summary>
public class JournalAuditTests
{
    private static readonly Lazy<IReadOnlyList<PersistedEvent>> _events = new(() => WholeRun.Of(FakeResults.Spec));

    [Fact]
    public void A_whole_run_contradicts_nothing_and_names_every_file_once()
    {
        var audit = Audit(_events.Value);
        Assert.Empty(audit.Findings);
        Assert.Equal((SweepStatus.Completed, (long)_events.Value.Count), (audit.Status, audit.Events));
        Assert.Equal(FakeResults.Spec.Name, audit.Spec!.Name);
        var files = audit.Files.Select(f => f.File.Path).ToList();
        Assert.Equal(files.Distinct(), files);
        Assert.DoesNotContain(audit.Files, f => f.IsCheckpoint);
        var results = _events.Value.Select(e => e.Event).OfType<TrialSucceeded>().Select(e => e.Result).ToList();
        Assert.All(results.OfType<TrainResult>(), r => Assert.Contains(r.Curve.Path, files));
        Assert.All(results.OfType<PruneResult>(), r => Assert.Contains(r.Masks.Path, files));
        Assert.All(results.OfType<ValidationResult>(), r => Assert.Contains(r.Circuit.Path, audit.Circuits.Select(c => c.Circuit.Path)));
        Assert.Contains("corpus/encoder", files);
        Assert.Equal(4, audit.Models.Count);
    }

    [Fact]
    public void A_run_contradicts_nothing_after_any_of_its_events()
    {
        for (var events = 1; events < _events.Value.Count; events += 7) Assert.Empty(Audit([.. _events.Value.Take(events)]).Findings);
        Assert.Equal(SweepStatus.Completed, Audit(_events.Value).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("corpus")]
    [InlineData("models/")]
    [InlineData("attribution/")]
    [InlineData("validations/")]
    public void A_run_whose_trials_fail_first_and_are_tried_again_contradicts_nothing_and_ends_like_one_without_failures(string prefix)
    {
        var events = WholeRun.Of(FakeResults.Spec, trial => !trial.Value.StartsWith("searches/", StringComparison.Ordinal)
            && trial.Value.StartsWith(prefix, StringComparison.Ordinal));
        Assert.Contains(events, e => e.Event is TrialRetried);
        var audit = Audit(events);
        Assert.Empty(audit.Findings);
        Assert.Equal(SweepStatus.Completed, audit.Status);
        Assert.Equal(
            Audit(_events.Value).Files.Select(f => f.File).OrderBy(f => f.Path), audit.Files.Select(f => f.File).OrderBy(f => f.Path));
        for (var count = 1; count < events.Count; count += 53) Assert.Empty(Audit([.. events.Take(count)]).Findings);
    }

    [Fact]
    public void A_trial_that_is_tried_again_without_having_failed_is_found()
    {
        var succeeded = First<TrialSucceeded>();
        Finds("has not failed", Insert(succeeded, new PersistedEvent(succeeded.Entity, new TrialRetried(1, 1))));
        var counted = First<TrialResultRecorded>();
        Finds(
            "has not failed",
            Insert(counted, new PersistedEvent(counted.Entity, new TrialReopened(((TrialResultRecorded)counted.Event).Trial))));
    }

    [Fact]
    public void The_last_checkpoint_of_a_trial_must_be_there_until_the_trial_ends()
    {
        var queued = First<TrialQueued>(e => e.Job is TrainJob);
        var trial = queued.Entity;
        var old = new CheckpointReached(1, 5, FakeResults.Artifact("old"));
        var last = new CheckpointReached(1, 10, FakeResults.Artifact("last"));
        var before = _events.Value.TakeWhile(e => e != queued).Append(queued);
        var unfinished = Audit([.. before, new(trial, new TrialStarted(1, "cpu-0")), new(trial, old), new(trial, last)]);
        Assert.Empty(unfinished.Findings);
        Assert.Equal("last", Assert.Single(unfinished.Files, f => f.IsCheckpoint).File.Path);
        var result = _events.Value.First(e => e.Entity == trial && e.Event is TrialSucceeded);
        var finished = Audit([.. before, new(trial, new TrialStarted(1, "cpu-0")), new(trial, last), result]);
        Assert.DoesNotContain(finished.Files, f => f.IsCheckpoint);
    }

    [Fact]
    public void A_result_counted_twice_is_found()
    {
        var counted = First<TrialResultRecorded>();
        Finds("counted a second time", Insert(counted, counted));
    }

    [Fact]
    public void A_late_result_of_an_older_attempt_is_found()
    {
        var succeeded = First<TrialSucceeded>();
        var result = (TrialSucceeded)succeeded.Event;
        Finds(
            "it is of attempt 1, and the trial is at attempt 2",
            [.. Before(succeeded), succeeded with { Event = new TrialResumed(1) }, succeeded with { Event = result with { Attempt = 1 } }]);
    }

    [Fact]
    public void A_second_result_of_a_trial_is_found()
    {
        var succeeded = First<TrialSucceeded>();
        Finds("after the trial ended", Insert(succeeded, succeeded));
    }

    [Fact]
    public void Another_result_than_the_trials_is_found()
    {
        var counted = First<TrialResultRecorded>(e => e.Result is EvaluateResult);
        var recorded = (TrialResultRecorded)counted.Event;
        Finds("counts another result", Replace(counted, recorded with { Result = (EvaluateResult)recorded.Result with { TestLoss = 7 } }));
    }

    [Fact]
    public void A_result_without_a_trial_is_found() =>
        Finds(
            "it has not ended",
            [.. _events.Value.Where(
                e => e.Entity != SweepJournal.Trial(First<TrialResultRecorded>().Event is TrialResultRecorded r ? r.Trial : default))]);

    [Fact]
    public void A_suggestion_observed_twice_is_found()
    {
        var observed = First<ObservationRecorded>();
        Finds("observed a second time", Insert(observed, observed));
    }

    [Fact]
    public void An_observation_that_no_pruning_made_is_found()
    {
        var observed = First<ObservationRecorded>(e => e.Outcome.Circuit is not null);
        var recorded = (ObservationRecorded)observed.Event;
        Finds(
            "observed another result",
            Replace(observed, recorded with { Outcome = recorded.Outcome with { Circuit = FakeResults.Circuit } }));
    }

    [Fact]
    public void A_result_of_work_that_was_never_open_is_found() =>
        Finds(
            "is no trial of the sweep",
            [.. Before(First<TrialResultRecorded>()), First<TrialResultRecorded>(e => e.Result is EvaluateResult)]);

    [Fact]
    public void An_end_while_work_is_open_is_found() =>
        Finds("while work is open", [.. Before(First<StageCompleted>(e => e.Stage == SweepStage.Train)), First<SweepCompleted>()]);

    [Fact]
    public void Two_digests_of_one_file_are_found()
    {
        var succeeded = First<TrialSucceeded>(e => e.Result is TrainResult);
        var result = (TrialSucceeded)succeeded.Event;
        var trained = (TrainResult)result.Result;
        Finds(
            "with SHA-256",
            Replace(succeeded, result with { Result = trained with { Model = trained.Model with { Sha256 = new string('0', 64) } } }));
    }

    [Fact]
    public void An_event_in_a_stream_of_another_kind_is_found() =>
        Finds(
            "does not belong into this stream",
            [.. _events.Value, First<SweepPaused>(orElse: new PersistedEvent("trial:corpus", new SweepPaused()))]);

    private static void Finds(string problem, IReadOnlyList<PersistedEvent> events) =>
        Assert.Contains(Audit(events).Findings, finding => finding.ToString().Contains(problem, StringComparison.Ordinal));

    private static PersistedEvent First<T>(Func<T, bool>? which = null, PersistedEvent? orElse = null) =>
        _events.Value.FirstOrDefault(e => e.Event is T happened && which?.Invoke(happened) != false) ?? orElse
            ?? throw new InvalidOperationException($"there is no {typeof(T).Name}");

    private static IEnumerable<PersistedEvent> Before(PersistedEvent at) => _events.Value.TakeWhile(e => e != at);

    private static List<PersistedEvent> Replace(PersistedEvent at, object by) =>
        [.. _events.Value.Select(e => e == at ? e with { Event = by } : e)];

    private static List<PersistedEvent> Insert(PersistedEvent behind, PersistedEvent more) =>
        [.. _events.Value.SelectMany(e => e == behind ? new[] { e, more } : [e])];

    private static JournalAudit Audit(IReadOnlyList<PersistedEvent> events) => JournalAudit.Of(new MemoryReader(events));
}
