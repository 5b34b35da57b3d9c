namespace Sweeps.Domain.Journal;

/// <summary>An event read back for a report or a view.</summary>
/// <param name="Entity">whose event it is</param>
/// <param name="Event">an object of a registered type</param>
internal sealed record PersistedEvent(string Entity, object Event);

/// <summary>Reads stored events as objects.</summary>
internal static class JournalReaderExtensions
{
    /// <summary>
    /// The events of the entities whose names begin with <paramref name="entity"/>, out of the streams whose names begin with
    /// <paramref name="stream"/>, in the order of commit.
    /// </summary>
    /// <exception cref="JournalCorruptException">something is damaged or unknown</exception>
    public static IEnumerable<PersistedEvent> ReadEvents(
        this IJournalReader reader, EventRegistry registry, string stream = "", string entity = "")
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(registry);
        return reader.ReadAll(stream).Where(stored => stored.Entity.StartsWith(entity, StringComparison.Ordinal))
            .Select(stored => new PersistedEvent(stored.Entity, registry.Read(stored, reader.Location)));
    }

    /// <summary>A stored event as an object.</summary>
    /// <param name="registry">what names mean</param>
    /// <param name="stored">the event</param>
    /// <param name="location">the journal, for messages</param>
    /// <exception cref="JournalCorruptException">it is unknown, or does not fit its type</exception>
    public static object Read(this EventRegistry registry, StoredEvent stored, string location)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(stored);
        try
        {
            return registry.Deserialize(stored.Event);
        }
        catch (EventSerializationException e)
        {
            throw new JournalCorruptException(location, stored.Stream, stored.SequenceNr, e.Message, e);
        }
    }
}
