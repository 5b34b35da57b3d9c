using Sweeps.Actors.Persistence;

namespace Sweeps.Actors.Tests.Persistence;

/// <summary>A journal in memory whose acknowledgements can be held back, and whose appends can fail.</summary>
internal sealed class GatedJournal : IJournal
{
    private readonly MemoryJournal _inner = new();
    private TaskCompletionSource _gate = new();

    /// <summary>While true, appends take effect and are not acknowledged.</summary>
    public bool Closed { get; set; }

    public Exception? Failure { get; set; }

    public int LargestRead { get; set; }

    /// <summary>The number of events of each append.</summary>
    public List<int> Appends { get; } = [];

    public string Location => _inner.Location;

    public void Open()
    {
        Closed = false;
        _gate.SetResult();
        _gate = new TaskCompletionSource();
    }

    public Task AppendAsync(string persistenceId, long firstSequenceNr, IReadOnlyList<SerializedEvent> events)
    {
        if (Failure is not null) return Task.FromException(Failure);
        Appends.Add(events.Count);
        var appended = _inner.AppendAsync(persistenceId, firstSequenceNr, events);
        return Closed ? _gate.Task : appended;
    }

    public async Task<JournalPage> ReadAsync(string persistenceId, long afterSequenceNr, int max)
    {
        var page = await _inner.ReadAsync(persistenceId, afterSequenceNr, max);
        LargestRead = Math.Max(LargestRead, page.Events.Count);
        return page;
    }

    public Task SaveSnapshotAsync(string persistenceId, StoredSnapshot snapshot) => _inner.SaveSnapshotAsync(persistenceId, snapshot);

    public Task<StoredSnapshot?> LoadSnapshotAsync(string persistenceId) => _inner.LoadSnapshotAsync(persistenceId);

    public IReadOnlyList<string> PersistenceIds(string prefix = "") => _inner.PersistenceIds(prefix);

    public IEnumerable<StoredEvent> ReadAll(string prefix = "") => _inner.ReadAll(prefix);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
