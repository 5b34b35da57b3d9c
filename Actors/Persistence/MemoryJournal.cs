namespace Sweeps.Actors.Persistence;

/// <summary>A journal without a disk, for tests and simulations: the same contract, except that nothing outlives the process. Every task it returns is already done.</summary>
public sealed class MemoryJournal : IJournal
{
    private readonly Lock _lock = new();
    private readonly List<StoredEvent> _all = [];
    private readonly Dictionary<string, List<StoredEvent>> _streams = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredSnapshot> _snapshots = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Location => "memory";

    /// <inheritdoc/>
    public Task AppendAsync(string persistenceId, long firstSequenceNr, IReadOnlyList<SerializedEvent> events)
    {
        ArgumentException.ThrowIfNullOrEmpty(persistenceId);
        ArgumentNullException.ThrowIfNull(events);
        ArgumentOutOfRangeException.ThrowIfZero(events.Count);
        lock (_lock)
        {
            var highest = Highest(persistenceId);
            if (firstSequenceNr != highest + 1)
                return Task.FromException(new SequenceConflictException(Location, persistenceId, firstSequenceNr, highest));
            if (!_streams.TryGetValue(persistenceId, out var stream)) _streams[persistenceId] = stream = [];
            foreach (var e in events)
            {
                var stored = new StoredEvent(persistenceId, stream.Count + 1, e);
                stream.Add(stored);
                _all.Add(stored);
            }
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<JournalPage> ReadAsync(string persistenceId, long afterSequenceNr, int max)
    {
        lock (_lock)
        {
            var highest = Highest(persistenceId);
            if (afterSequenceNr > highest)
            {
                return Task.FromException<JournalPage>(new JournalCorruptException(
                    Location, persistenceId, afterSequenceNr, $"the stream ends at {highest}"));
            }
            var stream = highest == 0 ? [] : _streams[persistenceId];
            return Task.FromResult(new JournalPage([.. stream.Skip((int)afterSequenceNr).Take(max)], highest));
        }
    }

    /// <inheritdoc/>
    public Task SaveSnapshotAsync(string persistenceId, StoredSnapshot snapshot)
    {
        lock (_lock) _snapshots[persistenceId] = snapshot;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<StoredSnapshot?> LoadSnapshotAsync(string persistenceId)
    {
        lock (_lock) return Task.FromResult(_snapshots.GetValueOrDefault(persistenceId));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> PersistenceIds(string prefix = "")
    {
        lock (_lock) return [.. _streams.Keys.Where(id => id.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public IEnumerable<StoredEvent> ReadAll(string prefix = "")
    {
        lock (_lock) return [.. _all.Where(e => e.PersistenceId.StartsWith(prefix, StringComparison.Ordinal))];
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private long Highest(string persistenceId) => _streams.TryGetValue(persistenceId, out var stream) ? stream.Count : 0;
}
