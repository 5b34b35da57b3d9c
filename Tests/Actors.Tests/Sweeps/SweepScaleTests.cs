using Sweeps.Actors.Devices;
using Sweeps.Actors.Persistence;
using Sweeps.Actors.Runtime;
using Sweeps.Actors.Runtime.Simulation;
using Sweeps.Actors.Sweeps;
using Sweeps.Actors.Trials;

namespace Sweeps.Actors.Tests.Sweeps;

/// <summary>What keeps a sweep of very many trials as quick, per trial, as a small one.</summary>
public class SweepScaleTests
{
    private static readonly Script _quick = (r, _) => [Scripts.Result(r, 1)];

    [Fact]
    public async Task Results_that_come_while_the_sweep_writes_are_stored_together()
    {
        var dispatcher = new ManualDispatcher();
        var system = ActorSystem.Create("test", new ActorSystemOptions { Dispatcher = dispatcher, Time = dispatcher.Time });
        var journal = new SlowSweepJournal(dispatcher.Time);
        var specs = Enumerable.Range(0, 50).Select(i => new DeviceSpec($"cpu-{i}", "cpu", 1)).ToList();
        var run = new SweepRun(
            system, new EventStore(journal, SweepJournal.Registry), Flat(50), specs, new FakeLauncher(dispatcher.Time, _quick), new NodeOptions(), new Progress<SweepProgress>(), _ => { });
        for (var i = 0; i < 200 && !run.Ended.IsCompleted; i++) dispatcher.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(SweepEnd.Completed, (await run.Ended.WaitAsync(TimeSpan.FromSeconds(30))).End);
        // The submission, the corpus, the first of the trainings, and all that were told during its write.
        Assert.InRange(journal.SweepAppends, 4, 6);
    }

    [Fact]
    public void A_sweep_keeps_a_bounded_number_of_trials_alive_and_runs_all_of_them()
    {
        var journal = new MemoryJournal();
        var simulation = new Simulation(journal, Flat(SweepActor.MostLiving + 100), 100, _quick);
        var waiting = 0;
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd(() =>
        {
            var queued = simulation.Progress.OfType<TrialChanged>().ToLookup(p => p.Phase);
            waiting = Math.Max(waiting, queued[TrialPhase.Waiting].Count() - queued[TrialPhase.Running].Count());
            return false;
        })!.End);
        Assert.InRange(waiting, SweepActor.MostLiving - 100, SweepActor.MostLiving);
        Assert.Equal(SweepActor.MostLiving + 100, SweepReadModel.Load(journal).Models.Count(m => m.Trained is not null));
    }

    [Fact]
    public void Devices_beyond_the_cores_are_not_told_of_each_others_jobs()
    {
        var dispatcher = new ManualDispatcher();
        var system = ActorSystem.Create("test", new ActorSystemOptions { Dispatcher = dispatcher, Time = dispatcher.Time });
        List<object> told = [];
        var gpu = system.ActorOf(Props.Create(() => new Listener(told)));
        var specs = Enumerable.Range(0, 100).Select(i => new DeviceSpec($"cpu-{i}", "cpu", 1, MaxThreads: 2)).ToList();
        var broker = system.ActorOf(Props.Create(() => new DeviceBroker(specs, _ => { })));
        foreach (var spec in specs) broker.Tell(new DeviceReady(spec.Name, gpu), null);
        for (var i = 0; i < 200; i++) broker.Tell(new QueueJob(new JobTicket("sweep", new TrialId($"t{i}"), 1, SweepPlan.Of(Flat(1)).Prepare(), null, gpu)), null);
        dispatcher.RunUntilIdle();
        Assert.Equal(100, told.OfType<RunJob>().Count());
        // Each when it reports, and all of them at the first and the second job.
        Assert.Equal(100 + 100 + 100, told.OfType<ShareCores>().Count());
    }

    [Fact]
    public void A_snapshot_is_the_state_that_its_events_lead_to()
    {
        var journal = new MemoryJournal();
        var spec = FakeResults.Spec with { Search = FakeResults.Spec.Search with { WarmStart = ["bracket_counting"] } };
        // Every third trial fails by its own fault, so that failures are in it as well.
        var simulation = new Simulation(journal, spec, 3, (r, d) => r.Trial.Length % 3 == 0 && r.Trial.Contains('/', StringComparison.Ordinal) && !r.Trial.StartsWith("searches", StringComparison.Ordinal)
            ? [Scripts.Fails(r, ModelCore.Jobs.FailureKind.Work, "bad")]
            : _quick(r, d));
        Assert.NotEmpty(simulation.ToEnd()!.Failures);
        var state = SweepState.Initial;
        foreach (var stored in journal.ReadEvents(SweepJournal.Registry, SweepJournal.Sweep).Where(e => e.PersistenceId == SweepJournal.Sweep))
        {
            state = SweepState.Apply(state, (SweepEvent)stored.Event);
            var snapshot = SweepSnapshot.Of(state);
            var restored = Given.Stored(snapshot).State();
            Assert.Equal(state.Status, restored.Status);
            Assert.Equal(state.Open, restored.Open);
            Assert.Equal(SweepStages.All.Select(state.Count), SweepStages.All.Select(restored.Count));
            Assert.Equal(state.Failures(), restored.Failures());
            Assert.Equal(Text(snapshot), Text(SweepSnapshot.Of(restored)));
        }
        Assert.Equal(SweepStatus.Completed, state.Status);
    }

    [Fact]
    public async Task A_sweep_with_a_snapshot_reads_only_the_events_after_it()
    {
        var (journal, snapshot) = await InterruptedAsync(1100);
        // Whoever reads what the snapshot includes fails.
        var tail = await CopyAsync(journal, e => e.PersistenceId == SweepJournal.Sweep && e.SequenceNr < snapshot.SequenceNr ? new SerializedEvent("unreadable", 1, "{}"u8.ToArray()) : e.Event);
        await tail.SaveSnapshotAsync(SweepJournal.Sweep, snapshot);
        var simulation = new Simulation(tail, Flat(1100), 100, _quick);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.InRange(simulation.Launcher.Requests.Count, 1, 100);
    }

    [Fact]
    public async Task A_snapshot_of_an_older_program_is_left_aside_for_the_events()
    {
        var (journal, snapshot) = await InterruptedAsync(1100);
        await journal.SaveSnapshotAsync(SweepJournal.Sweep, snapshot with { State = snapshot.State with { Payload = "{\"spec\":1}"u8.ToArray() } });
        var simulation = new Simulation(journal, Flat(1100), 100, _quick);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.InRange(simulation.Launcher.Requests.Count, 1, 100);
        Assert.Equal(1100, SweepReadModel.Load(journal).Models.Count(m => m.Trained is not null));
    }

    private static SweepSpec Flat(int models) => FakeResults.Spec with { Tasks = [], Attribution = false, EdgePruning = false, TargetLosses = [], Grid = new GridOptions { Replicas = [.. Enumerable.Range(0, models)] } };

    private static string Text(SweepSnapshot snapshot) => System.Text.Encoding.UTF8.GetString(SweepJournal.Registry.Serialize(snapshot).Payload.Span);

    /// <summary>A journal that was left when its sweep had taken a snapshot and had not ended.</summary>
    private static async Task<(MemoryJournal Journal, StoredSnapshot Snapshot)> InterruptedAsync(int models)
    {
        var journal = new MemoryJournal();
        var simulation = new Simulation(journal, Flat(models), 100, _quick);
        simulation.ToEnd(() => journal.LoadSnapshotAsync(SweepJournal.Sweep).Result is not null);
        Assert.Null(simulation.Outcome);
        return (journal, (await journal.LoadSnapshotAsync(SweepJournal.Sweep))!);
    }

    private static async Task<MemoryJournal> CopyAsync(MemoryJournal journal, Func<StoredEvent, SerializedEvent> change)
    {
        var copy = new MemoryJournal();
        foreach (var stored in journal.ReadAll()) await copy.AppendAsync(stored.PersistenceId, stored.SequenceNr, [change(stored)]);
        return copy;
    }

    private sealed class Listener(List<object> told) : ActorBase
    {
        protected internal override void OnReceive(object message) => told.Add(message);
    }

    /// <summary>A journal whose writes to the sweep's own stream take ten seconds.</summary>
    private sealed class SlowSweepJournal(TimeProvider time) : IJournal
    {
        private readonly MemoryJournal _inner = new();

        public int SweepAppends { get; private set; }

        public string Location => _inner.Location;

        public Task AppendAsync(string persistenceId, long firstSequenceNr, IReadOnlyList<SerializedEvent> events)
        {
            var appended = _inner.AppendAsync(persistenceId, firstSequenceNr, events);
            if (persistenceId != SweepJournal.Sweep) return appended;
            SweepAppends++;
            var acknowledged = new TaskCompletionSource();
            time.CreateTimer(_ => acknowledged.SetResult(), null, TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan);
            return acknowledged.Task;
        }

        public Task<JournalPage> ReadAsync(string persistenceId, long afterSequenceNr, int max) => _inner.ReadAsync(persistenceId, afterSequenceNr, max);

        public Task SaveSnapshotAsync(string persistenceId, StoredSnapshot snapshot) => _inner.SaveSnapshotAsync(persistenceId, snapshot);

        public Task<StoredSnapshot?> LoadSnapshotAsync(string persistenceId) => _inner.LoadSnapshotAsync(persistenceId);

        public IReadOnlyList<string> PersistenceIds(string prefix = "") => _inner.PersistenceIds(prefix);

        public IEnumerable<StoredEvent> ReadAll(string prefix = "") => _inner.ReadAll(prefix);

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }
}
