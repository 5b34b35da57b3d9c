using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Snapshot;
using Sweeps.Actors.Journal;

namespace Sweeps.Simulator.Virtual;

/// <summary>A snapshot plugin on the disk of the system's <see cref="SimulatedStore"/>; what is saved is durable at once.</summary>
internal sealed class SimulatedSnapshots : SnapshotStore
{
    private readonly SimulatedStore _store;

    /// <param name="config">Akka's; nothing in it is of interest</param>
    public SimulatedSnapshots(Config config)
    {
        _ = config;
        _store = SimulatedStore.Of(Context.System);
    }

    /// <inheritdoc/>
    protected override Task<SelectedSnapshot> LoadAsync(
        string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken)
        => _store.ReadAsync(() => _store.Disk.Snapshots.TryGetValue(persistenceId, out var s) && s.Number <= criteria.MaxSequenceNr
            ? new SelectedSnapshot(new SnapshotMetadata(persistenceId, s.Number, default), s.Record)
            : null!);

    /// <inheritdoc/>
    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        _store.Disk.Snapshots[metadata.PersistenceId] = (metadata.SequenceNr, (SnapshotRecord)snapshot);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task DeleteAsync(SnapshotMetadata metadata, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken) =>
        Task.CompletedTask;
}
