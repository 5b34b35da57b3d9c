using System.Collections.Concurrent;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Web.Reading;

/// <summary>
/// Reads the journals of sweeps, one after the other for each, and only when there is something new; however many ask, reading takes at
/// most a tenth of the time of one core.
/// </summary>
/// <param name="store">the node's, for journals in its database</param>
/// <param name="time">the clock of that</param>
internal sealed class SweepReadings(StoreOptions store, TimeProvider time)
{
    /// <summary>How many times as long as it took to make an answer it counts.</summary>
    public const int PauseFactor = 9;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>What the journal of a sweep says now, or said a moment ago: as long ago as ten readings take, at most.</summary>
    /// <exception cref="RequestException">the sweep has not begun, or its journal cannot be read now</exception>
    public async Task<SweepReading> OfAsync(ServedSweep sweep, CancellationToken cancellation)
    {
        var entry = _entries.GetOrAdd(sweep.Folder, _ => new Entry());
        await entry.Turn.WaitAsync(cancellation);
        try
        {
            // On a thread of its own: neither SQLite nor a large journal waits for others.
            return entry.Reading is { } known && time.GetTimestamp() < Volatile.Read(ref entry.Due)
                ? known
                : await Task.Run(() => Read(sweep, entry), cancellation);
        }
        finally
        {
            entry.Turn.Release();
        }
    }

    /// <summary>Lets the next question be answered by what the journal says then: a command has changed it.</summary>
    public void Expire(ServedSweep sweep)
    {
        if (_entries.TryGetValue(sweep.Folder, out var entry)) Volatile.Write(ref entry.Due, 0);
    }

    private SweepReading Read(ServedSweep sweep, Entry entry)
    {
        try
        {
            var begun = time.GetTimestamp();
            var journal = SweepFolder.Read(sweep.Folder, store);
            var version = journal.CountEvents();
            if (entry.Reading?.Version != version)
                entry.Reading = new SweepReading(version, SweepReadModel.Load(journal), TrialHistory.Read(journal));
            var now = time.GetTimestamp();
            Volatile.Write(ref entry.Due, now + (PauseFactor * (now - begun)));
            return entry.Reading;
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException or FileNotFoundException)
        {
            throw RequestException.Unavailable(e.Message, e);
        }
    }

    private sealed class Entry
    {
        /// <summary>Before it the journal is not looked at again, by the clock's own counter; 0 for at once.</summary>
        public long Due;

        public SemaphoreSlim Turn { get; } = new(1);

        public SweepReading? Reading { get; set; }
    }
}
