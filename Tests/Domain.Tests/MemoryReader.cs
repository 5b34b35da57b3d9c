namespace Sweeps.Domain.Tests;

/// <summary>A journal that holds given events, each entity in a stream of its own.</summary>
internal sealed class MemoryReader : IJournalReader
{
    private readonly List<StoredEvent> _events = [];

    /// <summary>Holds <paramref name="events"/> in their order, numbered anew.</summary>
    public MemoryReader(IEnumerable<PersistedEvent> events)
    {
        var ends = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (entity, happened) in events)
        {
            ends[entity] = ends.GetValueOrDefault(entity) + 1;
            _events.Add(new StoredEvent(entity, ends[entity], entity, default, SweepJournal.Registry.Serialize(happened)));
        }
    }

    public string Location => "memory";

    public IReadOnlyList<string> Streams(string prefix = "") =>
        [.. ReadAll(prefix).Select(e => e.Stream).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public IEnumerable<StoredEvent> ReadStream(string stream) => _events.Where(e => e.Stream == stream);

    public IEnumerable<StoredEvent> ReadAll(string prefix = "") =>
        _events.Where(e => e.Stream.StartsWith(prefix, StringComparison.Ordinal));
}
