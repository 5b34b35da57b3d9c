using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Persistence;
using Sweeps.Actors.Persistence.Sqlite;
using Sweeps.Actors.Runtime;
using Sweeps.ModelCore.Jobs;
using Sweeps.Search;

namespace Sweeps.Actors.Sweeps;

/// <summary>The folder holds another sweep than the one that was to be run in it.</summary>
/// <param name="folder">the folder</param>
/// <param name="stored">the description that the folder's sweep was begun with</param>
/// <param name="given">the description that was to be run</param>
public sealed class SpecChangedException(string folder, SweepSpec stored, SweepSpec given)
    : Exception($"{folder} holds a sweep that was begun with another description; run the old one, or give this one another folder")
{
    /// <summary>The description that the folder's sweep was begun with.</summary>
    public SweepSpec Stored { get; } = stored;

    /// <summary>The description that was to be run.</summary>
    public SweepSpec Given { get; } = given;
}

/// <summary>Runs one sweep in one folder: begins it, or goes on where an earlier run ended, however it ended.</summary>
/// <remarks>The folder holds <see cref="JournalName"/>, the truth; <see cref="SpecName"/>, a copy of the description for people; and the artifacts.</remarks>
public sealed class SweepHost : IAsyncDisposable
{
    /// <summary>The journal's file in the sweep's folder.</summary>
    public const string JournalName = "journal.db";

    /// <summary>The description's file in the sweep's folder.</summary>
    public const string SpecName = "sweep.json";

    private readonly SweepRun? _run;
    private readonly SqliteJournal _journal;
    private readonly ProgressHub _progress;

    private SweepHost(SqliteJournal journal, ProgressHub progress, SweepRun? run, SweepOutcome? outcome)
    {
        (_journal, _progress, _run) = (journal, progress, run);
        Completion = run is null ? CloseAsync(outcome!) : RunAsync(run);
    }

    /// <summary>Done when the run has ended, its devices have stopped and its journal is closed. Never faulted: a failed run is an outcome.</summary>
    public Task<SweepOutcome> Completion { get; }

    /// <summary>
    /// Begins or resumes the sweep of <paramref name="folder"/>. A sweep that has ended is not begun again: <see cref="Completion"/> then tells
    /// at once how it ended.
    /// </summary>
    /// <param name="spec">the sweep, validated</param>
    /// <param name="folder">created when missing</param>
    /// <param name="options">the node's devices and limits</param>
    /// <param name="launcher">starts device processes</param>
    /// <param name="time">the clock of timeouts and backoffs; reaches no result</param>
    /// <param name="observer">hears of progress, one call at a time; must be quick and not throw</param>
    /// <param name="cancellation">gives up waiting before the run begins; later use <see cref="StopAsync"/></param>
    /// <exception cref="ArgumentException">the options or the description are not acceptable, or a device is not there</exception>
    /// <exception cref="SearchException">the description names no known search algorithm</exception>
    /// <exception cref="SpecChangedException">the folder holds another sweep</exception>
    /// <exception cref="JournalLockedException">another process runs the folder's sweep</exception>
    /// <exception cref="JournalException">the journal cannot be opened, or a device process of an earlier run does not end</exception>
    /// <exception cref="JournalCorruptException">the journal is damaged</exception>
    public static async Task<SweepHost> StartAsync(
        SweepSpec spec, string folder, NodeOptions options, IDeviceLauncher launcher, TimeProvider time, IObserver<SweepProgress> observer,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(launcher);
        if (options.Validate().FirstOrDefault() is { } problem) throw new ArgumentException(problem, nameof(options));
        var plan = SweepPlan.Of(spec);
        SearchAlgorithms.Get(spec.Search.Algorithm);

        var store = new ArtifactStore(folder);
        var journal = SqliteJournal.Open(Path.Combine(store.Root, JournalName));
        try
        {
            var (first, last) = await ReadEndsAsync(journal).ConfigureAwait(false);
            if (first is SweepSubmitted { Spec: var stored } && !SweepState.SameSpec(stored, spec)) throw new SpecChangedException(store.Root, stored, spec);
            var progress = new ProgressHub(observer);
            if (last is SweepCompleted { Failures: var failures }) return new SweepHost(journal, progress, null, new SweepOutcome(SweepEnd.Completed, failures));
            if (last is SweepCancelled) return new SweepHost(journal, progress, null, new SweepOutcome(SweepEnd.Cancelled, []));

            await DeviceLock.WaitForOrphansAsync(store.Root, options.HeartbeatTimeout, time, cancellation).ConfigureAwait(false);
            store.DeleteTemporaries();
            store.WriteBytes(SpecName, JsonSerializer.SerializeToUtf8Bytes(plan.Spec, JobJson.Indented));
            var cuda = DevicePlan.NeedsCuda(options) ? await launcher.CountCudaAsync(cancellation).ConfigureAwait(false) : 0;
            var devices = DevicePlan.Resolve(options, Environment.ProcessorCount, cuda, MachineMemory.Bytes());
            var system = ActorSystem.Create("sweeps", new ActorSystemOptions
            {
                Time = time,
                GuardianStrategy = new OneForOneStrategy(_ => Directive.Escalate),
            });
            system.EventStream.Subscribe<LogEvent>(e =>
            {
                if (e.Level >= LogLevel.Warning) progress.Report(new SweepLogged(e.Cause is null ? e.Message : $"{e.Message}: {e.Cause.Message}"));
            });
            var run = new SweepRun(
                system, new EventStore(journal, SweepJournal.Registry), spec, devices, launcher, options, progress, store.Delete);
            return new SweepHost(journal, progress, run, null);
        }
        catch
        {
            await journal.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the run within seconds: running jobs get <see cref="NodeOptions.StopGrace"/> to write a checkpoint. Running the sweep again goes on.</summary>
    public Task<SweepOutcome> StopAsync()
    {
        _run?.Stop();
        return Completion;
    }

    /// <summary>Pauses, resumes or cancels the sweep; see <see cref="PauseSweep"/>, <see cref="ResumeSweep"/>, <see cref="CancelSweep"/>.</summary>
    public Task<Reply> Command(SweepCommand command) => _run is null ? Task.FromResult<Reply>(new Reply.AlreadyDone()) : _run.Command(command);

    /// <summary>Stops the run if it has not ended.</summary>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    /// <summary>The first and the last event of the sweep, or null: how it was begun, and whether it has ended. Nothing comes after its end.</summary>
    private static async Task<(object? First, object? Last)> ReadEndsAsync(SqliteJournal journal)
    {
        var begin = await journal.ReadAsync(SweepJournal.Sweep, 0, 1).ConfigureAwait(false);
        if (begin.HighestSequenceNr == 0) return (null, null);
        var end = await journal.ReadAsync(SweepJournal.Sweep, begin.HighestSequenceNr - 1, 2).ConfigureAwait(false);
        return (SweepJournal.Registry.Read(begin.Events[0], journal.Location), SweepJournal.Registry.Read(end.Events[0], journal.Location));
    }

    private async Task<SweepOutcome> RunAsync(SweepRun run)
    {
        var outcome = await run.Ended.ConfigureAwait(false);
        await run.ShutDownAsync().ConfigureAwait(false);
        return await CloseAsync(outcome).ConfigureAwait(false);
    }

    private async Task<SweepOutcome> CloseAsync(SweepOutcome outcome)
    {
        await _journal.DisposeAsync().ConfigureAwait(false);
        _progress.Complete();
        return outcome;
    }
}
