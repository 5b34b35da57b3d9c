using Sweeps.Actors.Journal;
using Sweeps.Simulator.Virtual;

namespace Sweeps.Simulator;

/// <summary>
/// A journal's disk, which outlives processes. What is read is what is durable; every record that gets there is followed as a reader of the
/// real one does.
/// </summary>
internal sealed class Disk : IJournalReader
{
    private readonly List<StoredEvent> _durable = [];
    private readonly List<string> _writers = [];
    private readonly Dictionary<string, (List<JournalRecord> Records, JournalChain Chain)> _streams = new(StringComparer.Ordinal);
    private List<Append> _written = [];

    /// <inheritdoc/>
    public string Location => "simulated";

    /// <summary>What a crash leaves, in the order in which it became durable.</summary>
    public IReadOnlyList<StoredEvent> Durable => _durable;

    /// <summary>Who wrote each of <see cref="Durable"/>.</summary>
    public IReadOnlyList<string> Writers => _writers;

    /// <summary>The last snapshot of each stream.</summary>
    public Dictionary<string, (long Number, SnapshotRecord Record)> Snapshots { get; } = new(StringComparer.Ordinal);

    /// <summary>The durable records of a stream.</summary>
    public IReadOnlyList<JournalRecord> Records(string stream) => _streams.TryGetValue(stream, out var of) ? of.Records : [];

    /// <summary>Writes appends without syncing them: a crash may keep any first few of them.</summary>
    public void Write(IEnumerable<Append> appends) => _written.AddRange(appends);

    /// <summary>Syncs all that is written.</summary>
    public void Sync()
    {
        foreach (var append in _written) Keep(append);
        _written = [];
    }

    /// <summary>The machine's memory is lost, or another process opens the file: what was written and not synced is there or not.</summary>
    public void Crash(Chance chance)
    {
        foreach (var append in _written.Take(chance.Next(_written.Count + 1))) Keep(append);
        _written = [];
    }

    /// <summary>Whether something is written and not synced.</summary>
    public bool HasUnsynced => _written.Count > 0;

    /// <summary>The number of the last event of a stream, durable or only written.</summary>
    public long EndOf(string stream) => Records(stream).Count + _written.Where(a => a.Stream == stream).Sum(a => a.Records.Count);

    /// <inheritdoc/>
    public IReadOnlyList<string> Streams(string prefix = "") =>
        [.. _streams.Keys.Where(id => id.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public IEnumerable<StoredEvent> ReadAll(string prefix = "") =>
        _durable.Where(e => e.Stream.StartsWith(prefix, StringComparison.Ordinal));

    /// <inheritdoc/>
    public IEnumerable<StoredEvent> ReadStream(string stream) => _durable.Where(e => e.Stream == stream);

    private void Keep(Append append)
    {
        if (!_streams.TryGetValue(append.Stream, out var stream))
            _streams[append.Stream] = stream = ([], new JournalChain(Location, append.Stream));
        for (var i = 0; i < append.Records.Count; i++)
        {
            var number = append.First + i;
            var (entity, writer, stored) = stream.Chain.Follow(number, append.Records[i]);
            stream.Records.Add(append.Records[i]);
            _writers.Add(writer);
            _durable.Add(new StoredEvent(append.Stream, number, entity, default, stored));
        }
    }
}
