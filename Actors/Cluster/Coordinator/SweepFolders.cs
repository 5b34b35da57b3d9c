using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Reuse;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Sweeps;
using Sweeps.Domain.Cluster;
using Sweeps.Files;

namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>Opens the sweeps of a cluster: each has a journal in the database and a folder below that of all sweeps.</summary>
/// <param name="journal">the cluster's</param>
/// <param name="options">the node's</param>
/// <param name="writer">names this process in what it writes</param>
/// <param name="watch">makes the one who looks on at a sweep in a folder</param>
/// <param name="time">the clock of retries</param>
internal sealed class SweepFolders(
    ClusterJournal journal, NodeOptions options, string writer, Func<SweepSpec, string, ISweepWatcher> watch, TimeProvider time)
{
    /// <summary>The settings of the streams of a run.</summary>
    /// <param name="run">its name in the database</param>
    /// <param name="registry">what its events are</param>
    public StreamSettings Streams(string run, EventRegistry registry)
    {
        var of = journal.Run(run);
        return new StreamSettings(of.Location, registry, of.Stream, writer) { Explain = of.Explain, IsFinal = of.IsFinal };
    }

    /// <summary>Opens a sweep, on a thread of its own: the database, and a folder on a network, may take their time.</summary>
    public Task<HostedParts> OpenAsync(HostedSweep hosted, CancellationToken cancellation) =>
        Task.Run(() => OpenNowAsync(hosted, cancellation), cancellation);

    private async Task<HostedParts> OpenNowAsync(HostedSweep hosted, CancellationToken cancellation)
    {
        var name = $"{options.Cluster.NodeName}, process {Environment.ProcessId}";
        await journal.Run(hosted.Run).PrepareAsync(name, mustExist: false, cancellation).ConfigureAwait(false);
        var folder = Path.Combine(options.Cluster.Folder, hosted.Name);
        Directory.CreateDirectory(folder);
        var artifacts = new ArtifactStore(folder);
        artifacts.DeleteTemporaries();
        SweepFolder.Remember(folder, new JournalStore.PostgreSql(options.Store.Postgresql, hosted.Run));
        artifacts.WriteBytes(SweepFolder.SpecName, JsonSerializer.SerializeToUtf8Bytes(hosted.Spec, JobJson.Indented));
        var watcher = watch(hosted.Spec, folder);
        var feed = new ProgressFeed(watcher.Progress);
        var results = hosted.Spec.Reuse.Count > 0 ? ReusableRuns.Read(hosted.Spec.Reuse, options.Store, feed.Warn) : null;
        return new HostedParts(
            Streams(hosted.Run, SweepJournal.Registry), ProgressActor.Props(feed.Writer),
            FilesActor.Props(artifacts.Delete, DiskRetries.Policy.Build(time)), outcome =>
                Task.Run(() => watcher.ReportAsync(outcome), cancellation))
        {
            Reuse = results is null ? null : (broker, progress) => ReuseActor.Props(broker, results, artifacts, progress),
            Close = () => _ = CloseAsync(feed, watcher),
        };
    }

    private static async Task CloseAsync(ProgressFeed feed, ISweepWatcher watcher)
    {
        await feed.DisposeAsync().ConfigureAwait(false);
        await watcher.DisposeAsync().ConfigureAwait(false);
    }
}
