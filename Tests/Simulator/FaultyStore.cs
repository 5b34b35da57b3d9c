using Sweeps.Simulator.Virtual;

namespace Sweeps.Simulator;

/// <summary>
/// The disk cannot be synced: whatever it was told since the last time may be there or not, and shows when another process opens it.
/// </summary>
internal sealed class SyncFailedException() : IOException("simulated: it cannot be synced");

/// <summary>
/// The journal of one life of the orchestrator. As a real one it commits what waits in one go, takes requests in order, acknowledges after
/// the sync, refuses an event in a place
/// that is taken, and writes nothing more after a sync that failed.
/// </summary>
internal sealed class FaultyStore(ILife life, Disk disk, Faults faults, Chance chance, Mutation mutation) : SimulatedStore(disk)
{
    private readonly Queue<Request> _requests = new();
    private bool _busy, _broken;

    public override Task WriteAsync(IReadOnlyList<Append> appends)
    {
        var request = new WriteRequest(appends);
        Add(request);
        return request.Done.Task;
    }

    public override Task<T> ReadAsync<T>(Func<T> read)
    {
        var done = new TaskCompletionSource<T>();
        Add(new ReadRequest(() => done.SetResult(read()), done.SetException));
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
            var fails = chance.Happens(faults.FailedReads) && life.HasFaults;
            Later(chance.Between(0, 0.002), () =>
            {
                if (fails) read.Fail(Failure("it cannot be read"));
                else read.Complete();
            });
            return;
        }
        List<WriteRequest> batch = [(WriteRequest)request];
        while (_requests.TryPeek(out var next) && next is WriteRequest write)
        {
            batch.Add(write);
            _requests.Dequeue();
        }
        var slow = chance.Happens(faults.SlowWrites) && life.HasFaults;
        After(slow ? chance.Magnitude(0.1, 60) : chance.Between(0, 0.01), () => Write(batch));
    }

    private void Write(List<WriteRequest> batch)
    {
        if (life.Refusal is { } refusal)
        {
            life.Note(What.Fault, null, null, 0, $"the journal: {refusal.Message}");
            Done();
            foreach (var request in batch) request.Done.SetException(refusal);
            return;
        }
        // One transaction: what refuses one of them refuses all.
        var conflict = batch.SelectMany(r => r.Appends).FirstOrDefault(a => a.First <= Disk.EndOf(a.Stream));
        if (_broken || conflict is not null || (chance.Happens(faults.FailedWrites) && life.HasFaults))
        {
            var cause = Failure(
                _broken ? "an earlier sync failed" : conflict is null
                    ? "no space left on device" : $"event {conflict.First} of {conflict.Stream} is there");
            Done();
            foreach (var request in batch) request.Done.SetException(cause);
            return;
        }
        Disk.Write(batch.SelectMany(r => r.Appends));
        if (chance.Happens(faults.CrashesInCommits) && life.HasFaults)
        {
            life.Crash("between a write and its sync");
            return;
        }
        if (mutation == Mutation.NoSync)
        {
            // It gets to the disk some time, as what the machine holds in memory does.
            if (!life.HasFaults || chance.Happens(0.02)) Disk.Sync();
            Done();
            foreach (var request in batch) request.Done.SetResult();
            return;
        }
        After(chance.Between(0, 0.01), () => Sync(batch));
    }

    private void Sync(List<WriteRequest> batch)
    {
        if (chance.Happens(faults.FailedSyncs) && life.HasFaults)
        {
            _broken = true;
            life.Note(What.Fault, null, null, 0, "the journal: it cannot be synced");
            Done();
            foreach (var request in batch) request.Done.SetException(new SyncFailedException());
            return;
        }
        Disk.Sync();
        Done();
        foreach (var request in batch) request.Done.SetResult();
    }

    private IOException Failure(string what)
    {
        life.Note(What.Fault, null, null, 0, $"the journal: {what}");
        return new IOException($"simulated: {what}");
    }

    private void Later(double seconds, Action action) => After(seconds, () =>
    {
        action();
        Done();
    });

    private void After(double seconds, Action action) => life.Time.CreateTimer(
        _ =>
        {
            if (!life.IsOver) action();
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

    private sealed record WriteRequest(IReadOnlyList<Append> Appends) : Request
    {
        public TaskCompletionSource Done { get; } = new();
    }

    private sealed record ReadRequest(Action Complete, Action<Exception> Fail) : Request;
}
