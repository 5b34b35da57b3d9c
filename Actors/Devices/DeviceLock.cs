
namespace Sweeps.Actors.Devices;

/// <summary>
/// Tells a new run whether device processes of an earlier one are still alive in the sweep's folder, where they may be writing checkpoints.
/// Every
/// device process holds a share of a file lock, which the operating system takes back when the process ends, however it ends.
/// </summary>
public sealed class DeviceLock : IDisposable
{
    private const string Name = "devices.lock";
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);
    private readonly FileStream _file;

    private DeviceLock(FileStream file) => _file = file;

    /// <summary>Held by a device process from its start to its end.</summary>
    /// <param name="folder">the sweep's folder</param>
    /// <exception cref="IOException">an orchestrator is starting, or the file cannot be opened</exception>
    public static DeviceLock Share(string folder) =>
        new(new FileStream(Path.Combine(folder, Name), FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read));

    /// <summary>Waits until no device process of an earlier run is left. They end by themselves when their orchestrator does.</summary>
    /// <exception cref="JournalException">one does not end in time</exception>
    public static async Task WaitForOrphansAsync(string folder, TimeSpan patience, TimeProvider time, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(time);
        var path = Path.Combine(folder, Name);
        var start = time.GetTimestamp();
        while (!IsFree(path))
        {
            if (time.GetElapsedTime(start) > patience)
                throw new JournalException(
                    path, $"a device process of an earlier run is still alive after {patience}; end it, then run the sweep again");
            await Task.Delay(_pause, time, cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static bool IsFree(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            return false;
        }
    }
}
