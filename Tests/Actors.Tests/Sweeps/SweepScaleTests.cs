using Sweeps.Actors.Devices;
using Akka.Actor;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Sweeps;
using Sweeps.Simulator.Virtual;

namespace Sweeps.Actors.Tests.Sweeps;

/// <summary>What keeps a sweep of very many trials as quick, per trial, as a small one.</summary>
public class SweepScaleTests
{
    private static readonly Script _quick = (r, _) => [Scripts.Result(r, 1)];

    [Fact]
    public void Results_that_come_while_the_sweep_writes_are_stored_together()
    {
        var simulation = new Simulation(new Disk(), Flat(50), 50, _quick, writes: _ => TimeSpan.FromSeconds(10));
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        // The submission; the corpus queued, started, ended, counted; the trainings likewise, each step of all of them in one or two
        // writes.
        Assert.InRange(simulation.SweepWrites, 9, 16);
    }

    [Fact]
    public void A_sweep_keeps_a_bounded_number_of_trials_alive_and_runs_all_of_them()
    {
        var journal = new Disk();
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
        var process = new VirtualProcess();
        var system = process.CreateSystem();
        List<object> told = [];
        var device = system.ActorOf(ActorProps.Of(() => new Listener(told)));
        var specs = Enumerable.Range(0, 100).Select(i => new DeviceSpec($"cpu-{i}", "cpu", 1, MaxThreads: 2)).ToList();
        var broker = system.ActorOf(DeviceBroker.Props(specs));
        foreach (var spec in specs) broker.Tell(new DeviceReady(spec.Name, device), ActorRefs.NoSender);
        var job = SweepPlan.Of(Flat(1)).Prepare();
        for (var i = 0; i < 200; i++)
            broker.Tell(new QueueJob(new JobTicket("sweep", new TrialId($"t{i}"), 1, job, null, device)), ActorRefs.NoSender);
        process.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(100, told.OfType<RunJob>().Count());
        // Each when it reports, and all of them at the first and the second job.
        Assert.Equal(100 + 100 + 100, told.OfType<ShareCores>().Count());
    }

    [Fact]
    public void A_snapshot_is_the_state_that_its_events_lead_to()
    {
        var journal = new Disk();
        var spec = FakeResults.Spec with { Search = FakeResults.Spec.Search with { WarmStart = ["bracket_counting"] } };
        // Every third trial fails by its own fault, so that failures are in it as well.
        var simulation = new Simulation(
            journal, spec, 3,
            (r, d) =>
                r.Trial.Length % 3 == 0 && r.Trial.Contains('/', StringComparison.Ordinal)
                    && !r.Trial.StartsWith("searches", StringComparison.Ordinal)
            ? [Scripts.Fails(r, FailureKind.Work, "bad")]
            : _quick(r, d));
        Assert.NotEmpty(simulation.ToEnd()!.Failures);
        var state = SweepState.Initial;
        foreach (var stored in journal.ReadEvents(SweepJournal.Registry, SweepJournal.Sweep, SweepJournal.Sweep))
        {
            state = SweepState.Apply(state, (SweepEvent)stored.Event);
            var snapshot = SweepSnapshot.Of(state);
            var restored = ((SweepSnapshot)SweepJournal.Registry.Deserialize(SweepJournal.Registry.Serialize(snapshot))).State();
            Assert.Equal(state.Status, restored.Status);
            Assert.Equal(state.Open, restored.Open);
            Assert.Equal(SweepStages.All.Select(s => state.Count(s.Stage)), SweepStages.All.Select(s => restored.Count(s.Stage)));
            Assert.Equal(state.Failures(), restored.Failures());
            Assert.Equal(Text(snapshot), Text(SweepSnapshot.Of(restored)));
        }
        Assert.Equal(SweepStatus.Completed, state.Status);
    }

    [Fact]
    public void A_sweep_with_a_snapshot_reads_only_the_events_after_it()
    {
        var disk = Interrupted(1100);
        var stored = disk.ReadStream(SweepJournal.Sweep).Count();
        var read = 0;
        var registry = SweepJournal.Events(new EventRegistryBuilder()).Build();
        var contents = new StreamContents(SweepStreams.Sweep, new StreamSettings(disk.Location, registry, s => s, "test"));
        var (number, record) = disk.Snapshots[SweepJournal.Sweep];
        contents.Restore(number, record);
        foreach (var e in disk.Records(SweepJournal.Sweep).Skip((int)number))
        {
            contents.Follow(number + ++read, e);
        }
        Assert.InRange(read, 1, stored / 2);
        var all = new StreamContents(SweepStreams.Sweep, new StreamSettings(disk.Location, registry, s => s, "test"));
        foreach (var (i, e) in disk.Records(SweepJournal.Sweep).Index()) all.Follow(i + 1, e);
        Assert.Equal(all.Chain.Checksum, contents.Chain.Checksum);
        Assert.Equal(Text(SweepSnapshot.Of((SweepState)all.State!)), Text(SweepSnapshot.Of((SweepState)contents.State!)));
        Assert.Equal(Running(all), Running(contents));

        var done = Done(disk);
        var simulation = new Simulation(disk, Flat(1100), 100, _quick);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Equal(1101 - done, simulation.Launcher.Requests.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_snapshot_that_is_damaged_or_of_an_older_program_is_left_aside_for_the_events(bool damaged)
    {
        var disk = Interrupted(1100);
        var (number, record) = disk.Snapshots[SweepJournal.Sweep];
        disk.Snapshots[SweepJournal.Sweep] = (number, damaged ? record with { Bytes = record.Bytes[..^10] } : Older(disk, number));
        var done = Done(disk);
        var simulation = new Simulation(disk, Flat(1100), 100, _quick);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Contains(simulation.Warnings, w => w.Contains("the snapshot of sweep is unreadable", StringComparison.Ordinal));
        Assert.Equal(1101 - done, simulation.Launcher.Requests.Count);
        Assert.Equal(1100, SweepReadModel.Load(disk).Models.Count(m => m.Trained is not null));
    }

    private static SweepSpec Flat(int models) =>
        FakeResults.Spec with
        {
            Tasks = [],
            Attribution = false,
            EdgePruning = false,
            TargetLosses = [],
            Grid = new GridOptions { Replicas = [.. Enumerable.Range(0, models)] },
        };

    private static string Text(SweepSnapshot snapshot) =>
        System.Text.Encoding.UTF8.GetString(SweepJournal.Registry.Serialize(snapshot).Payload.Span);

    /// <summary>A disk that was left when its sweep had taken a snapshot and had not ended.</summary>
    private static Disk Interrupted(int models)
    {
        var disk = new Disk();
        var simulation = new Simulation(disk, Flat(models), 100, _quick);
        simulation.ToEnd(() => disk.Snapshots.ContainsKey(SweepJournal.Sweep));
        Assert.Null(simulation.Outcome);
        return disk;
    }

    /// <summary>A snapshot whose checksum is right and whose state no program knows any more.</summary>
    private static SnapshotRecord Older(Disk disk, long number)
    {
        var chain = new JournalChain(disk.Location, SweepJournal.Sweep);
        foreach (var (i, e) in disk.Records(SweepJournal.Sweep).Take((int)number).Index()) chain.Follow(i + 1, e);
        return chain.SealSnapshot(new SerializedEvent("stream-snapshot", 1, """{"owner":{"name":"sweep-snapshot","version":1,"payload":{"spec":1}},"open":[]}"""u8.ToArray()));
    }

    private static int Done(Disk disk) => disk.Durable.Count(e => e.Event.Name == "trial-succeeded");

    private static List<string> Running(StreamContents contents) =>
        [.. SweepPlan.Of(Flat(1100)).Models.Select(m => m.Trial).Where(
            t => contents.Read(SweepJournal.Trial(t)).Events.Length > 0).Select(t => t.Value)];

    private sealed class Listener(List<object> told) : UntypedActor
    {
        protected override void OnReceive(object message) => told.Add(message);
    }
}
