using System.Text.Json;
using Akka.Actor;
using Akka.Event;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Sweeps;
using Sweeps.Simulator.Virtual;

namespace Sweeps.Actors.Tests;

/// <summary>The whole orchestrator in virtual time, over a disk that may outlive it and devices that do what a script says.</summary>
internal sealed class Simulation
{
    private static readonly TimeSpan _patience = TimeSpan.FromHours(2);
    private readonly VirtualProcess _process = new();
    private readonly Disk _disk;
    private readonly ScriptedStore _store;

    /// <param name="disk">what is stored, also by earlier runs</param>
    /// <param name="spec">the sweep</param>
    /// <param name="devices">how many</param>
    /// <param name="script">what they do; all goes well by default</param>
    /// <param name="crashAtWrite">the write, from 1, at which the process "dies"</param>
    /// <param name="options">the node's</param>
    /// <param name="writes">how long writes to a stream take; by default no time</param>
    /// <param name="first">the first command to the sweep; its submission by default</param>
    /// <param name="fails">whether a write, by its number from 1, fails; by default none does</param>
    /// <param name="memory">the memory that the devices share; by default each has its own</param>
    public Simulation(Disk disk, SweepSpec spec, int devices, Script? script = null, int? crashAtWrite = null, NodeOptions? options = null,
        Func<string, TimeSpan>? writes = null, Func<int, bool>? fails = null, SweepCommand? first = null, string? memory = null)
    {
        _disk = disk;
        _store = new ScriptedStore(disk, _process, crashAtWrite, writes ?? (_ => TimeSpan.Zero), fails ?? (_ => false));
        Delete = Deleted.Add;
        Launcher = new FakeLauncher(_process, script ?? Scripts.Smooth);
        var system = _process.CreateSystem(SimulatedStore.Setup(_store));
        var listener = system.ActorOf(ActorProps.Of(() => new Listener(this)), "listener");
        system.EventStream.Subscribe(listener, typeof(LogEvent));
        system.EventStream.Subscribe(listener, typeof(UnhandledMessage));
        var specs = Enumerable.Range(0, devices).Select(i => new DeviceSpec($"cpu-{i}", "cpu", 1, MaxThreads: devices) { Memory = memory })
            .ToList();
        var streams = new StreamSettings(disk.Location, SweepJournal.Registry, stream => stream, Guid.NewGuid().ToString("N"));
        Run = new SweepRun(system, new RunPlan(spec, specs, Launcher, options ?? new NodeOptions(), streams, listener, listener)
        {
            First = first ?? new SubmitSweep(spec),
        });
    }

    public FakeLauncher Launcher { get; }

    public SweepRun Run { get; }

    public List<SweepProgress> Progress { get; } = [];

    public List<string> Errors { get; } = [];

    /// <summary>Warnings of the log.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Files and folders that were deleted, in order.</summary>
    public List<string> Deleted { get; } = [];

    /// <summary>Deletes a file or a folder of the sweep's; by default it is noted down.</summary>
    public Action<string> Delete { get; set; }

    public SweepOutcome? Outcome => Run.Ended.IsCompleted ? Run.Ended.Result : null;

    public bool Crashed => _process.IsOver;

    /// <summary>Writes of the journal so far.</summary>
    public int Writes => _store.Writes;

    /// <summary>Writes to the sweep's own stream so far.</summary>
    public int SweepWrites => _store.SweepWrites;

    /// <summary>Runs until the sweep has ended, the process has "died" or <paramref name="until"/> holds.</summary>
    public SweepOutcome? ToEnd(Func<bool>? until = null)
    {
        for (var time = TimeSpan.Zero; time < _patience; time += TimeSpan.FromSeconds(1))
        {
            if (Outcome is not null || Crashed || until?.Invoke() == true) return Outcome;
            Advance(TimeSpan.FromSeconds(1));
        }
        throw new Xunit.Sdk.XunitException($"the sweep did not end within {_patience} of virtual time; {string.Join("; ", Errors)}");
    }

    public void Advance(TimeSpan by) => _process.Advance(by);

    /// <summary>Stops in order.</summary>
    public void ShutDown()
    {
        var stopped = Run.StopDevicesAsync();
        while (!stopped.IsCompleted) Advance(TimeSpan.FromMilliseconds(100));
        _process.End();
    }

    /// <summary>What a report is made of, as text.</summary>
    public static string Read(Disk disk) => JsonSerializer.Serialize(SweepReadModel.Load(disk), JobJson.Indented);

    /// <summary>What its report is made of, as text.</summary>
    public string Report() => Read(_disk);

    private sealed class Listener(Simulation simulation) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case SweepProgress m: simulation.Progress.Add(m); break;
                case DeleteFile m: simulation.Delete(m.Path); break;
                case Error m: simulation.Errors.Add($"{m.LogSource}: {m.Message} {m.Cause}"); break;
                case Warning m: simulation.Warnings.Add($"{m.LogSource}: {m.Message} {m.Cause?.Message}"); break;
                case UnhandledMessage m: simulation.Errors.Add($"{m.Recipient.Path} does not handle {m.Message}"); break;
            }
        }
    }

    /// <summary>
    /// Writes at once or after a while, until a write at which the process "dies": that one is written or not, and nothing after it is.
    /// </summary>
    private sealed class ScriptedStore(Disk disk, VirtualProcess process, int? crashAt, Func<string, TimeSpan> takes, Func<int, bool> fails)
        : SimulatedStore(disk)
    {
        public int Writes { get; private set; }

        public int SweepWrites { get; private set; }

        public override Task WriteAsync(IReadOnlyList<Append> appends)
        {
            if (appends.Any(a => a.Stream == SweepJournal.Sweep)) SweepWrites++;
            if (++Writes == crashAt)
            {
                if (Writes % 2 == 0) Keep(appends);
                process.End();
                return new TaskCompletionSource().Task;
            }
            if (fails(Writes)) return Task.FromException(new IOException("simulated: no space left on device"));
            var wait = appends.Max(a => takes(a.Stream));
            if (wait == TimeSpan.Zero)
            {
                Keep(appends);
                return Task.CompletedTask;
            }
            var written = new TaskCompletionSource();
            process.CreateTimer(
                _ =>
                {
                    Keep(appends);
                    written.SetResult();
                },
                null,
                wait,
                Timeout.InfiniteTimeSpan);
            return written.Task;
        }

        public override Task<T> ReadAsync<T>(Func<T> read) => Task.FromResult(read());

        private void Keep(IReadOnlyList<Append> appends)
        {
            Disk.Write(appends);
            Disk.Sync();
        }
    }
}
