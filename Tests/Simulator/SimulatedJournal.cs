using System.Text.Json;
using System.Text.Json.Nodes;
using Sweeps.Actors.Persistence;

namespace Sweeps.Simulator;

/// <summary>
/// The journal of one life of the orchestrator, on a disk that outlives it. As the real one it commits what waits in one go, takes requests in order, acknowledges
/// after the sync, and writes nothing more after a sync that failed.
/// </summary>
internal sealed class SimulatedJournal : IJournal
{
    private readonly Life _life;
    private readonly Disk _disk;
    private readonly Faults _faults;
    private readonly Chance _chance;
    private readonly Mutation _mutation;
    private readonly Dictionary<string, List<StoredEvent>> _streams = new(StringComparer.Ordinal);
    private readonly List<StoredEvent> _all = [];
    private readonly Queue<Request> _requests = new();
    private bool _busy, _broken;

    public SimulatedJournal(Life life, Disk disk, Faults faults, Chance chance, Mutation mutation)
    {
        (_life, _disk, _faults, _chance, _mutation) = (life, disk, faults, chance, mutation);
        foreach (var e in disk.Durable) Show(e);
    }

    public string Location => _disk.Location;

    public Task AppendAsync(string persistenceId, long firstSequenceNr, IReadOnlyList<SerializedEvent> events)
    {
        var append = new AppendRequest(new Append(persistenceId, firstSequenceNr, events));
        Add(append);
        return append.Done.Task;
    }

    public Task<JournalPage> ReadAsync(string persistenceId, long afterSequenceNr, int max) => Read(() =>
    {
        var stream = _streams.GetValueOrDefault(persistenceId) ?? [];
        return afterSequenceNr > stream.Count
            ? throw new JournalCorruptException(Location, persistenceId, afterSequenceNr, $"the stream ends at {stream.Count}")
            : new JournalPage([.. stream.Skip((int)afterSequenceNr).Take(max).Select(Recalled)], stream.Count);
    });

    // No actor of a sweep takes snapshots.
    public Task SaveSnapshotAsync(string persistenceId, StoredSnapshot snapshot) => throw new NotSupportedException("the simulated journal keeps no snapshots");

    public Task<StoredSnapshot?> LoadSnapshotAsync(string persistenceId) => Read<StoredSnapshot?>(() => null);

    public IReadOnlyList<string> PersistenceIds(string prefix = "") =>
        [.. _streams.Keys.Where(id => id.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public IEnumerable<StoredEvent> ReadAll(string prefix = "") => [.. _all.Where(e => e.PersistenceId.StartsWith(prefix, StringComparison.Ordinal))];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<T> Read<T>(Func<T> read)
    {
        var done = new TaskCompletionSource<T>();
        Add(new ReadRequest(
            () =>
            {
                try
                {
                    done.SetResult(read());
                }
                catch (JournalCorruptException e)
                {
                    done.SetException(e);
                }
            },
            done.SetException));
        return done.Task;
    }

    private void Add(Request request)
    {
        _requests.Enqueue(request);
        Next();
    }

    private void Next()
    {
        if (_busy || !_requests.TryDequeue(out var request)) return;
        _busy = true;
        if (request is ReadRequest read)
        {
            var fails = _chance.Happens(_faults.FailedReads) && _life.HasFaults;
            Later(_chance.Between(0, 0.002), () =>
            {
                if (fails) read.Fail(Failure("it cannot be read"));
                else read.Complete();
            });
            return;
        }
        List<AppendRequest> batch = [(AppendRequest)request];
        while (_requests.TryPeek(out var next) && next is AppendRequest append)
        {
            batch.Add(append);
            _requests.Dequeue();
        }
        var slow = _chance.Happens(_faults.SlowWrites) && _life.HasFaults;
        After(slow ? _chance.Magnitude(0.1, 60) : _chance.Between(0, 0.01), () => Write(batch));
    }

    private void Write(List<AppendRequest> batch)
    {
        if (_broken || (_chance.Happens(_faults.FailedWrites) && _life.HasFaults))
        {
            var cause = Failure(_broken ? "an earlier write failed; restart to find out what is on disk" : "no space left on device");
            foreach (var append in batch) append.Done.SetException(cause);
            Done();
            return;
        }
        List<AppendRequest> accepted = [];
        var ends = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var request in batch)
        {
            var (stream, first, events) = request.Append;
            var end = ends.GetValueOrDefault(stream, _streams.GetValueOrDefault(stream)?.Count ?? 0);
            if (first != end + 1)
            {
                request.Done.SetException(new SequenceConflictException(Location, stream, first, end));
                continue;
            }
            ends[stream] = end + events.Count;
            accepted.Add(request);
        }
        _disk.Write(accepted.Select(r => r.Append));
        if (_chance.Happens(_faults.CrashesInCommits) && _life.HasFaults)
        {
            _life.Crash("between a write and its sync");
            return;
        }
        if (_mutation == Mutation.NoSync)
        {
            Acknowledge(accepted);
            // It gets to the disk some time, as what the machine holds in memory does.
            if (!_life.HasFaults || _chance.Happens(0.02)) _disk.Sync();
            Done();
            return;
        }
        Later(_chance.Between(0, 0.01), () => Sync(accepted));
    }

    private void Sync(List<AppendRequest> accepted)
    {
        if (_chance.Happens(_faults.FailedSyncs) && _life.HasFaults)
        {
            _broken = true;
            var cause = Failure("it cannot be synced");
            foreach (var append in accepted) append.Done.SetException(cause);
            return;
        }
        _disk.Sync();
        Acknowledge(accepted);
    }

    private void Acknowledge(List<AppendRequest> accepted)
    {
        foreach (var request in accepted)
        {
            for (var i = 0; i < request.Append.Events.Count; i++) Show(new StoredEvent(request.Append.Stream, request.Append.First + i, request.Append.Events[i]));
            request.Done.SetResult();
        }
    }

    private void Show(StoredEvent e)
    {
        if (!_streams.TryGetValue(e.PersistenceId, out var stream)) _streams[e.PersistenceId] = stream = [];
        stream.Add(e);
        _all.Add(e);
    }

    /// <summary>An event as it is read back: what was written, unless the saving of random states is taken away.</summary>
    private StoredEvent Recalled(StoredEvent e)
    {
        if (_mutation != Mutation.NoRandomState || e.Event.Name != "search-started") return e;
        var json = JsonNode.Parse(e.Event.Payload.Span)!;
        json["config"]!["seed"] = KeyedRandom.DeriveSeed((ulong)_life.Number, "forgotten", e.PersistenceId);
        return e with { Event = e.Event with { Payload = JsonSerializer.SerializeToUtf8Bytes(json) } };
    }

    private JournalException Failure(string what)
    {
        _life.Note(What.Fault, null, null, 0, $"the journal: {what}");
        return new JournalException(Location, $"simulated: {what}");
    }

    private void Later(double seconds, Action action) => After(seconds, () =>
    {
        action();
        Done();
    });

    private void After(double seconds, Action action) => _life.Time.CreateTimer(
        _ =>
        {
            if (!_life.IsOver) action();
        },
        null,
        TimeSpan.FromSeconds(seconds),
        Timeout.InfiniteTimeSpan);

    private void Done()
    {
        _busy = false;
        Next();
    }

    private abstract record Request;

    private sealed record AppendRequest(Append Append) : Request
    {
        public TaskCompletionSource Done { get; } = new();
    }

    private sealed record ReadRequest(Action Complete, Action<Exception> Fail) : Request;
}
