namespace Sweeps.Domain.Tests.Sweeps;

/// <summary>What a journal tells of its trials: where they are, how long they took, why they failed.</summary>
public class TrialHistoryTests
{
    private static readonly DateTimeOffset _start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_trial_of_a_whole_run_is_there_once_and_ended()
    {
        var events = WholeRun.Of(FakeResults.Spec);
        var trials = TrialHistory.Read(new MemoryReader(events));
        Assert.Equal(events.Count(e => e.Event is TrialQueued), trials.Count);
        Assert.All(
            trials,
            trial => Assert.True(trial.Ended is not null && trial.Phase is TrialPhase.Succeeded or TrialPhase.Failed, trial.ToString()));
        Assert.Equal("corpus", trials[0].Id.Value);
    }

    [Fact]
    public void Attempts_add_up_and_the_reason_is_that_of_the_last_one()
    {
        var id = SweepPlan.Preparation;
        var job = SweepPlan.Of(FakeResults.Spec).Prepare();
        var trial = Read(
            (0, new TrialQueued(id, job)),
            (1, new TrialStarted(1, "cpu-0")),
            (11, new AttemptLost(1, "its process ended", ByTheWorld: true)),
            (20, new TrialStarted(2, "cpu-1")),
            (25, new CheckpointReached(2, 5, new ArtifactRef("c", "00", 1))),
            (100, new TrialResumed(2)),
            (101, new TrialStarted(3, "cpu-1")));
        Assert.Equal((TrialPhase.Running, 3, "cpu-1", "its process ended"), (trial.Phase, trial.Attempts, trial.Device, trial.Reason));
        // Ten seconds of the first attempt, and of the second what its checkpoint vouches for.
        Assert.Equal(TimeSpan.FromSeconds(15), trial.Worked);
        Assert.Equal((_start, null), (trial.Queued, trial.Ended));
    }

    [Fact]
    public void Bisections_that_wait_for_a_device_share_what_is_left_of_it_so_that_it_never_worked_longer_than_there_was_time()
    {
        var (first, second) = (Pruning(0), Pruning(1));
        var trials = ReadAll(
            (0, first.Trial, first.Queued), (0, second.Trial, second.Queued), (0, first.Trial, new TrialStarted(1, "cpu-0")),
            (10, first.Trial, first.Succeeded), (10, first.Bisection, first.Begun), (10, second.Trial, new TrialStarted(1, "cpu-0")),
            (20, second.Trial, second.Succeeded), (20, second.Bisection, second.Begun),
            (24, first.Bisection, Probe(10)), (28, second.Bisection, Probe(20)),
            (30, first.Bisection, new BisectionCompleted(null)), (31, second.Bisection, new BisectionCompleted(null)));
        // Masks for ten seconds each, in which the other could not be bisected; then half of the device each, and at last all of it.
        Assert.Equal([10 + 5.0, 10 + 6], trials.Select(trial => trial.Worked.TotalSeconds));
        Assert.All(trials, trial => Assert.Equal(TrialPhase.Succeeded, trial.Phase));
    }

    [Fact]
    public void A_bisection_does_not_count_while_its_process_was_dead_or_its_sweep_paused()
    {
        var pruning = Pruning(0);
        var trial = Assert.Single(ReadAll(
            (0, pruning.Trial, pruning.Queued), (0, pruning.Trial, new TrialStarted(1, "cpu-0")), (10, pruning.Trial, pruning.Succeeded),
            (10, pruning.Bisection, pruning.Begun), (12, pruning.Bisection, Probe(10)),
            (1000, pruning.Bisection, new BisectionAttemptLost(1, "the bisection was started again")), (1003, pruning.Bisection, Probe(5)),
            (1004, SweepJournal.Sweep, new SweepPaused()), (2004, SweepJournal.Sweep, new SweepResumed()),
            (2005, pruning.Bisection, new BisectionCompleted(null))));
        Assert.Equal(10 + 2 + 3 + 2, trial.Worked.TotalSeconds);
    }

    private static (string Trial, string Bisection, TrialQueued Queued, TrialSucceeded Succeeded, BisectionStarted Begun) Pruning(int index)
    {
        var id = Searching.Plan.Id.Pruning(index);
        var job = Searching.Plan.Prune(index, new PruningHyperparameters());
        var result = new PruneResult(FakeResults.Artifact("masks"), 64, 10, 0.2);
        return (SweepJournal.Trial(id), SweepJournal.Bisection(id), new(id, job), new(1, result), new(job, result));
    }

    private static ProbeRecorded Probe(int k) => new(new ProbeResult(k, k, 0.1, 0.1, 1, 0));

    private static TrialHistory Read(params (int Second, TrialEvent Event)[] events) => Assert.Single(
        ReadAll([.. events.Select(e => (e.Second, SweepJournal.Trial(SweepPlan.Preparation), (object)e.Event))]));

    private static IReadOnlyList<TrialHistory> ReadAll(params (int Second, string Entity, object Event)[] events) => TrialHistory.Read(
        new Reader([
            .. events.Select((e, i) => new StoredEvent(
                "sweep", i + 1, e.Entity, _start.AddSeconds(e.Second), SweepJournal.Registry.Serialize(e.Event))),
        ]));

    private sealed class Reader(IReadOnlyList<StoredEvent> events) : IJournalReader
    {
        public string Location => "memory";

        public IReadOnlyList<string> Streams(string prefix = "") => ["sweep"];

        public IEnumerable<StoredEvent> ReadAll(string prefix = "") => events;

        public IEnumerable<StoredEvent> ReadStream(string stream) => events;
    }
}
