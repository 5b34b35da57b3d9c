using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;
using Sweeps.Files;
using Sweeps.Search;

namespace Sweeps.Actors.Sweeps;

/// <summary>Runs one sweep in one folder: begins it, or goes on where an earlier run ended, however it ended.</summary>
/// <remarks>The folder holds the journal, the truth, or its name (<see cref="SweepFolder"/>); <see cref="SweepFolder.SpecName"/>, a copy of
/// the description for people; and the artifacts.</remarks>
public sealed class SweepHost : IAsyncDisposable
{
    private readonly SweepSystem _system;
    private readonly RunJournal _journal;
    private readonly ProgressFeed _progress;
    private readonly SweepRun _run;

    private SweepHost(SweepSystem system, RunJournal journal, ProgressFeed progress, SweepRun run)
    {
        (_system, _journal, _progress, _run) = (system, journal, progress, run);
        Completion = RunAsync();
    }

    /// <summary>
    /// Done when the run has ended, its devices have stopped and its journal is closed. Never faulted: a failed run is an outcome.
    /// </summary>
    public Task<SweepOutcome> Completion { get; }

    /// <summary>
    /// Begins or resumes the sweep of <paramref name="folder"/>. A sweep that has ended is not begun again: <see cref="Completion"/> then
    /// tells
    /// how it ended, and no device is started.
    /// </summary>
    /// <param name="spec">the sweep, validated</param>
    /// <param name="folder">created when missing</param>
    /// <param name="options">the node's devices and limits</param>
    /// <param name="launcher">starts device processes</param>
    /// <param name="time">the clock of what is waited for outside of actors; reaches no result</param>
    /// <param name="observer">hears of progress, one call at a time; one that throws for want of a terminal or a disk hears no more</param>
    /// <param name="cancellation">gives up waiting before the run begins; later use <see cref="StopAsync"/></param>
    /// <exception cref="ArgumentException">the options or the description are not acceptable, or a device is not there</exception>
    /// <exception cref="AkkaSettingsException">Akka does not accept the options' section of it</exception>
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

        folder = Path.GetFullPath(folder);
        var progress = new ProgressFeed(observer);
        RunJournal? journal = null;
        try
        {
            journal = await SweepFolder.OpenAsync(folder, options.Store, time, progress.Warn, cancellation).ConfigureAwait(false);
            await DeviceLock.WaitForOrphansAsync(folder, options.HeartbeatTimeout, time, cancellation).ConfigureAwait(false);
            var artifacts = new ArtifactStore(folder);
            artifacts.DeleteTemporaries();
            var system = await SweepSystem.StartAsync(options, journal, progress, cancellation).ConfigureAwait(false);
            try
            {
                var run = system.Begin(plan.Spec, new SubmitSweep(plan.Spec), launcher, artifacts, time);
                await Task.WhenAny(run.Begun, run.Ended).WaitAsync(cancellation).ConfigureAwait(false);
                if (run.Cause is JournalException or JournalCorruptException) throw run.Cause;
                CheckSpec(run, journal, folder, spec);
                artifacts.WriteBytes(SweepFolder.SpecName, JsonSerializer.SerializeToUtf8Bytes(spec, JobJson.Indented));
                // A sweep that has ended needs no device, and to count them takes seconds.
                if (!run.Ended.IsCompleted) run.StartDevices(await FindDevicesAsync(options, launcher, cancellation).ConfigureAwait(false));
                return new SweepHost(system, journal, progress, run);
            }
            catch
            {
                await system.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        catch
        {
            await progress.DisposeAsync().ConfigureAwait(false);
            if (journal is not null) await journal.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Ends the run within seconds: running jobs get <see cref="NodeOptions.StopGrace"/> to write a checkpoint. Running the sweep again
    /// goes on.
    /// </summary>
    public Task<SweepOutcome> StopAsync()
    {
        _run.Stop();
        return Completion;
    }

    /// <summary>
    /// Pauses, resumes or cancels the sweep; see <see cref="PauseSweep"/>, <see cref="ResumeSweep"/>, <see cref="CancelSweep"/>.
    /// </summary>
    public Task<Reply> Command(SweepCommand command) =>
        Completion.IsCompleted ? Task.FromResult<Reply>(new Reply.AlreadyDone()) : _run.Command(command);

    /// <summary>Stops the run if it has not ended.</summary>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private static async Task<IReadOnlyList<DeviceSpec>> FindDevicesAsync(
        NodeOptions options, IDeviceLauncher launcher, CancellationToken cancellation)
    {
        var cuda = DevicePlan.NeedsCuda(options) ? await launcher.CountCudaAsync(cancellation).ConfigureAwait(false) : 0;
        return DevicePlan.Resolve(options, Environment.ProcessorCount, cuda, MachineMemory.Bytes());
    }

    private static void CheckSpec(SweepRun run, RunJournal journal, string folder, SweepSpec spec)
    {
        if (!run.Begun.IsCompleted || run.Begun.Result is not Reply.Refused) return;
        if (SweepReadModel.ReadSpec(journal.Reader) is { } stored && !SpecGrowth.IsGrowth(stored, spec))
            throw new SpecChangedException(folder, stored, spec);
    }

    private async Task<SweepOutcome> RunAsync()
    {
        var outcome = await _run.Ended.ConfigureAwait(false);
        await _system.DisposeAsync().ConfigureAwait(false);
        await _journal.DisposeAsync().ConfigureAwait(false);
        await _progress.DisposeAsync().ConfigureAwait(false);
        return outcome;
    }
}
