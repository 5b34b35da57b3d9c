namespace Sweeps.Actors.Persistence;

/// <summary>A journal together with the meaning of what it holds; what a <see cref="PersistentActor"/> is given.</summary>
public sealed class EventStore(IJournal journal, EventRegistry registry)
{
    /// <summary>Where events are stored.</summary>
    public IJournal Journal { get; } = journal;

    /// <summary>What stored names and versions mean.</summary>
    public EventRegistry Registry { get; } = registry;
}

/// <summary>An event read back for a report or a view.</summary>
/// <param name="PersistenceId">the stream</param>
/// <param name="SequenceNr">its number in the stream</param>
/// <param name="Event">an object of a registered type</param>
public sealed record PersistedEvent(string PersistenceId, long SequenceNr, object Event);

/// <summary>Reads stored events as objects.</summary>
public static class JournalReaderExtensions
{
    /// <summary>The events of the streams whose ids begin with <paramref name="prefix"/>, in the order of commit.</summary>
    /// <exception cref="JournalCorruptException">something is damaged or unknown</exception>
    public static IEnumerable<PersistedEvent> ReadEvents(this IJournalReader reader, EventRegistry registry, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(registry);
        return reader.ReadAll(prefix).Select(stored => new PersistedEvent(stored.PersistenceId, stored.SequenceNr, registry.Read(stored, reader.Location)));
    }

    internal static object Read(this EventRegistry registry, StoredEvent stored, string location)
    {
        try
        {
            return registry.Deserialize(stored.Event);
        }
        catch (EventSerializationException e)
        {
            throw new JournalCorruptException(location, stored.PersistenceId, stored.SequenceNr, e.Message, e);
        }
    }
}
