using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;
using Sweeps.Files;

namespace Sweeps.Actors.Sweeps;

/// <summary>Gives a command to a sweep that no process runs: through the same actors, without devices.</summary>
public static class StoredSweepCommander
{
    /// <summary>Opens the folder's journal, gives the sweep the command, and closes the journal when what it leads to is stored.</summary>
    /// <param name="folder">holds a sweep</param>
    /// <param name="command">one that needs no devices</param>
    /// <param name="options">the node's</param>
    /// <param name="time">the clock of waits outside of actors</param>
    /// <param name="warn">is told what goes wrong and is tried again</param>
    /// <param name="cancellation">gives up waiting</param>
    /// <returns>the sweep's reply</returns>
    /// <exception cref="AkkaSettingsException">Akka does not accept the options' section of it</exception>
    /// <exception cref="JournalLockedException">another process runs the folder's sweep</exception>
    /// <exception cref="JournalException">there is no sweep, or the journal cannot be opened or written</exception>
    /// <exception cref="JournalCorruptException">the journal is damaged</exception>
    public static async Task<Reply> ExecuteAsync(
        string folder, SweepCommand command, NodeOptions options, TimeProvider time, Action<string> warn,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        folder = Path.GetFullPath(folder);
        await using var progress = new ProgressFeed(new Warnings(warn));
        await using var journal = await SweepFolder.OpenAsync(folder, options.Store, time, warn, cancellation).ConfigureAwait(false);
        await using var system = await SweepSystem.StartAsync(options, journal, progress, cancellation).ConfigureAwait(false);
        var run = system.Begin(SpecOf(journal), command, new NoDevices(), new ArtifactStore(folder), time);
        await Task.WhenAny(run.Begun, run.Ended).WaitAsync(cancellation).ConfigureAwait(false);
        if (run.Cause is JournalException or JournalCorruptException) throw run.Cause;
        return run.Begun.IsCompleted
            ? await run.Begun.ConfigureAwait(false)
            : new Reply.Refused((await run.Ended.ConfigureAwait(false)).Error ?? "the sweep has ended");
    }

    private static SweepSpec SpecOf(RunJournal journal) =>
        SweepReadModel.ReadSpec(journal.Reader) ?? throw new JournalException(journal.Location, "no sweep was begun here");

    private sealed class NoDevices : IDeviceLauncher
    {
        public IDeviceProcess Launch(DeviceSpec device, IDeviceListener listener) =>
            throw new InvalidOperationException("a sweep that is only commanded has no devices");

        public Task<int> CountCudaAsync(CancellationToken cancellation) => Task.FromResult(0);
    }

    private sealed class Warnings(Action<string> warn) : IObserver<SweepProgress>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(SweepProgress value)
        {
            if (value is SweepLogged logged) warn(logged.Message);
        }
    }
}
