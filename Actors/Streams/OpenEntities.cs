using System.Collections.Immutable;

namespace Sweeps.Actors.Streams;

/// <summary>
/// The events of a stream's entities that may still be asked for, in their stored form: of those that have ended nothing is kept.
/// </summary>
internal sealed class OpenEntities
{
    private readonly SortedDictionary<string, List<SerializedEvent>> _events = new(StringComparer.Ordinal);

    /// <summary>Every event with whose it is, by entity; in order within each.</summary>
    public IEnumerable<(string Entity, SerializedEvent Event)> All => _events.SelectMany(of => of.Value.Select(e => (of.Key, e)));

    public void Add(string entity, SerializedEvent happened)
    {
        if (!_events.TryGetValue(entity, out var events)) _events[entity] = events = [];
        events.Add(happened);
    }

    /// <summary>Forgets an entity that has ended.</summary>
    public void Close(string entity) => _events.Remove(entity);

    /// <summary>The events of an entity, in order.</summary>
    public ImmutableArray<SerializedEvent> Of(string entity) => _events.TryGetValue(entity, out var events) ? [.. events] : [];
}
