using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Persistence;
using Sweeps.Actors.Runtime;
using Sweeps.Actors.Runtime.Simulation;
using Sweeps.Actors.Sweeps;
using Sweeps.ModelCore.Jobs;

namespace Sweeps.Actors.Tests;

/// <summary>The whole orchestrator in virtual time, over a journal that may outlive it and devices that do what a script says.</summary>
internal sealed class Simulation : IProgress<SweepProgress>
{
    private static readonly TimeSpan _patience = TimeSpan.FromHours(2);
    private readonly ManualDispatcher _dispatcher = new();
    private readonly CrashPoint _crash;

    /// <param name="journal">what is stored, also by earlier runs</param>
    /// <param name="spec">the sweep</param>
    /// <param name="devices">how many</param>
    /// <param name="script">what they do; all goes well by default</param>
    /// <param name="crashAtAppend">the append, from 1, at which the process "dies"</param>
    /// <param name="options">the node's</param>
    /// <param name="searchAppends">how long appends to searches' streams take; the others take no time</param>
    public Simulation(MemoryJournal journal, SweepSpec spec, int devices, Script? script = null, int? crashAtAppend = null, NodeOptions? options = null,
        TimeSpan searchAppends = default)
    {
        _crash = new CrashPoint { At = crashAtAppend };
        Delete = Deleted.Add;
        Launcher = new FakeLauncher(_dispatcher.Time, script ?? Scripts.Smooth);
        var system = ActorSystem.Create("test", new ActorSystemOptions
        {
            Dispatcher = _dispatcher,
            Time = _dispatcher.Time,
            GuardianStrategy = new OneForOneStrategy(_ => Directive.Escalate),
        });
        system.EventStream.Subscribe<LogEvent>(e =>
        {
            if (e.Level >= LogLevel.Error) Errors.Add($"{e.Source}: {e.Message} {e.Cause}");
        });
        var specs = Enumerable.Range(0, devices).Select(i => new DeviceSpec($"cpu-{i}", "cpu", 1, MaxThreads: devices)).ToList();
        Run = new SweepRun(system, new EventStore(new CrashingJournal(journal, _crash, _dispatcher.Time, searchAppends), SweepJournal.Registry), spec, specs, Launcher, options ?? new NodeOptions(), this, path => Delete(path));
    }

    public FakeLauncher Launcher { get; }

    public SweepRun Run { get; }

    public List<SweepProgress> Progress { get; } = [];

    public List<string> Errors { get; } = [];

    /// <summary>Files and folders that were deleted, in order.</summary>
    public List<string> Deleted { get; } = [];

    /// <summary>Deletes a file or a folder of the sweep's; by default it is noted down.</summary>
    public Action<string> Delete { get; set; }

    public SweepOutcome? Outcome => Run.Ended.IsCompleted ? Run.Ended.Result : null;

    public bool Crashed => _crash.Crashed;

    public int Appends => _crash.Appends;

    /// <summary>Runs until the sweep has ended, the journal has "crashed" or <paramref name="until"/> holds.</summary>
    public SweepOutcome? ToEnd(Func<bool>? until = null)
    {
        for (var time = TimeSpan.Zero; time < _patience; time += TimeSpan.FromSeconds(1))
        {
            if (Outcome is not null || Crashed || until?.Invoke() == true) return Outcome;
            Advance(TimeSpan.FromSeconds(1));
        }
        // The outcome's last step is a continuation on the thread pool, which virtual time may overtake on a busy machine.
        if (Run.Ended.Wait(TimeSpan.FromSeconds(30))) return Outcome;
        throw new Xunit.Sdk.XunitException($"the sweep did not end within {_patience} of virtual time; {string.Join("; ", Errors)}");
    }

    public void Advance(TimeSpan by) => _dispatcher.Advance(by);

    /// <summary>Stops in order; continuations outside of actors run on the pool, so that this waits for them.</summary>
    public void ShutDown()
    {
        var done = Run.ShutDownAsync();
        while (!done.IsCompleted)
        {
            _dispatcher.Advance(TimeSpan.FromMilliseconds(100));
            Thread.Yield();
        }
        done.GetAwaiter().GetResult();
    }

    public void Report(SweepProgress value) => Progress.Add(value);

    /// <summary>What a report is made of, as text.</summary>
    public static string Read(MemoryJournal journal) => JsonSerializer.Serialize(SweepReadModel.Load(journal), JobJson.Indented);

    private sealed class CrashPoint
    {
        public int? At { get; init; }

        public bool Crashed { get; set; }

        public int Appends { get; set; }
    }

    /// <summary>Passes everything on until an append at which the process "dies": that one is written or not, and nothing after it is.</summary>
    private sealed class CrashingJournal(MemoryJournal journal, CrashPoint crash, TimeProvider time, TimeSpan searchAppends) : IJournal
    {
        public string Location => journal.Location;

        public Task AppendAsync(string persistenceId, long firstSequenceNr, IReadOnlyList<SerializedEvent> events)
        {
            if (crash.Crashed) return Never<bool>();
            if (++crash.Appends != crash.At)
            {
                return searchAppends > TimeSpan.Zero && persistenceId.StartsWith(SweepJournal.SearchPrefix, StringComparison.Ordinal)
                    ? AppendLater(persistenceId, firstSequenceNr, events)
                    : journal.AppendAsync(persistenceId, firstSequenceNr, events);
            }
            crash.Crashed = true;
            if (crash.Appends % 2 == 0) journal.AppendAsync(persistenceId, firstSequenceNr, events);
            return Never<bool>();
        }

        private Task AppendLater(string persistenceId, long firstSequenceNr, IReadOnlyList<SerializedEvent> events)
        {
            var appended = new TaskCompletionSource();
            time.CreateTimer(_ =>
            {
                journal.AppendAsync(persistenceId, firstSequenceNr, events);
                appended.SetResult();
            }, null, searchAppends, Timeout.InfiniteTimeSpan);
            return appended.Task;
        }

        public Task<JournalPage> ReadAsync(string persistenceId, long afterSequenceNr, int max) =>
            crash.Crashed ? Never<JournalPage>() : journal.ReadAsync(persistenceId, afterSequenceNr, max);

        public Task SaveSnapshotAsync(string persistenceId, StoredSnapshot snapshot) => journal.SaveSnapshotAsync(persistenceId, snapshot);

        public Task<StoredSnapshot?> LoadSnapshotAsync(string persistenceId) =>
            crash.Crashed ? Never<StoredSnapshot?>() : journal.LoadSnapshotAsync(persistenceId);

        public IReadOnlyList<string> PersistenceIds(string prefix = "") => journal.PersistenceIds(prefix);

        public IEnumerable<StoredEvent> ReadAll(string prefix = "") => journal.ReadAll(prefix);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static Task<T> Never<T>() => new TaskCompletionSource<T>().Task;
    }
}
