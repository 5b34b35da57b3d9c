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

    private static TrialHistory Read(params (int Second, TrialEvent Event)[] events)
    {
        var stored = events.Select((e, i) => new StoredEvent(
            "sweep", i
                + 1, SweepJournal.Trial(SweepPlan.Preparation), _start.AddSeconds(e.Second), SweepJournal.Registry.Serialize(e.Event)));
        return Assert.Single(TrialHistory.Read(new Reader([.. stored])));
    }

    private sealed class Reader(IReadOnlyList<StoredEvent> events) : IJournalReader
    {
        public string Location => "memory";

        public IReadOnlyList<string> Streams(string prefix = "") => ["sweep"];

        public IEnumerable<StoredEvent> ReadAll(string prefix = "") => events;

        public IEnumerable<StoredEvent> ReadStream(string stream) => events;
    }
}
