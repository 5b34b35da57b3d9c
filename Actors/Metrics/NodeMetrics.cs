using System.Runtime.InteropServices;

namespace Sweeps.Actors.Metrics;

/// <summary>What is so of a node whatever it runs: what it is, its clock, its disks, its GPUs.</summary>
public sealed class NodeMetrics : IDisposable
{
    private readonly GaugeSources _sources = [];
    private readonly GpuMetrics? _gpus;

    /// <summary>Tells it until this is disposed of.</summary>
    /// <param name="version">of the program</param>
    /// <param name="node">the node's name; empty outside of a cluster</param>
    /// <param name="folders">folders whose disk is of interest, by what they are called; they may come later</param>
    /// <param name="time">the node's clock</param>
    public NodeMetrics(string version, string node, IReadOnlyDictionary<string, string> folders, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentNullException.ThrowIfNull(time);
        _sources.Add(Instruments.BuildInfo.Observe(() => 1, version, RuntimeInformation.FrameworkDescription, node));
        _sources.Add(Instruments.NodeTime.Observe(() => time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0));
        _sources.Add(Instruments.DiskFree.Observe(() => Disks(folders, disk => disk.AvailableFreeSpace)));
        _sources.Add(Instruments.DiskSize.Observe(() => Disks(folders, disk => disk.TotalSize)));
        _gpus = GpuMetrics.Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sources.Release();
        _gpus?.Dispose();
    }

    private static IEnumerable<Reading> Disks(IReadOnlyDictionary<string, string> folders, Func<DriveInfo, long> read)
    {
        foreach (var (name, folder) in folders)
        {
            long bytes;
            try
            {
                bytes = read(new DriveInfo(folder));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // it is not there yet, or not any more
            }
            yield return new Reading(bytes, name);
        }
    }
}
