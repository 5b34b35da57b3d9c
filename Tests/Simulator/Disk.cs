using Sweeps.Actors.Persistence;

namespace Sweeps.Simulator;

/// <summary>An append as it was asked for: all of it is there, or none.</summary>
internal sealed record Append(string Stream, long First, IReadOnlyList<SerializedEvent> Events);

/// <summary>What is on disk, in the order in which it came there; outlives the orchestrator. Read-only journal of what is durable.</summary>
internal sealed class Disk : IJournalReader
{
    private readonly List<StoredEvent> _durable = [];
    private List<Append> _written = [];

    public string Location => "simulated";

    /// <summary>What a crash leaves.</summary>
    public IReadOnlyList<StoredEvent> Durable => _durable;

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

    public IReadOnlyList<string> PersistenceIds(string prefix = "") =>
        [.. _durable.Select(e => e.PersistenceId).Where(id => id.StartsWith(prefix, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];

    public IEnumerable<StoredEvent> ReadAll(string prefix = "") => _durable.Where(e => e.PersistenceId.StartsWith(prefix, StringComparison.Ordinal));

    private void Keep(Append append) => _durable.AddRange(append.Events.Select((e, i) => new StoredEvent(append.Stream, append.First + i, e)));
}
