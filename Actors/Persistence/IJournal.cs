namespace Sweeps.Actors.Persistence;

/// <summary>An event or a snapshot as it is stored: a stable name and version apart from the C# type, and JSON.</summary>
/// <param name="Name">e.g. "trial-started"; never changes once written</param>
/// <param name="Version">of the payload's shape, from 1</param>
/// <param name="Payload">JSON, UTF-8</param>
public sealed record SerializedEvent(string Name, int Version, ReadOnlyMemory<byte> Payload);

/// <summary>An event in its place.</summary>
/// <param name="PersistenceId">the stream</param>
/// <param name="SequenceNr">its number in the stream, from 1, without gaps</param>
/// <param name="Event">what happened</param>
public sealed record StoredEvent(string PersistenceId, long SequenceNr, SerializedEvent Event);

/// <summary>The state of a stream after one of its events.</summary>
/// <param name="SequenceNr">of the last event that the state includes</param>
/// <param name="State">the state</param>
public sealed record StoredSnapshot(long SequenceNr, SerializedEvent State);

/// <summary>A part of a stream, in order and without gaps.</summary>
/// <param name="Events">the events after the number that was asked for</param>
/// <param name="HighestSequenceNr">of the whole stream; 0 when it is empty. The last page ends there.</param>
public sealed record JournalPage(IReadOnlyList<StoredEvent> Events, long HighestSequenceNr);

/// <summary>Reads what a journal holds, for reports and views; never blocks the journal's writer.</summary>
public interface IJournalReader
{
    /// <summary>The file, for messages.</summary>
    string Location { get; }

    /// <summary>The streams whose ids begin with <paramref name="prefix"/>, in ordinal order.</summary>
    /// <exception cref="JournalException">the journal cannot be read</exception>
    IReadOnlyList<string> PersistenceIds(string prefix = "");

    /// <summary>
    /// The events of those streams in the order in which they were committed, as of one instant; streams come interleaved.
    /// </summary>
    /// <exception cref="JournalCorruptException">a gap, a bad checksum, a missing end</exception>
    IEnumerable<StoredEvent> ReadAll(string prefix = "");
}

/// <summary>An append-only log of events in streams, one per persistent actor. Thread-safe.</summary>
/// <remarks>
/// Requests take effect in the order in which they were made: a read sees every append requested before it. A task completes
/// after its effect is synced to disk; a failed append has left nothing behind.
/// Each actor has at most one append and one snapshot under way, which bounds the queue.
/// </remarks>
public interface IJournal : IJournalReader, IAsyncDisposable
{
    /// <summary>Appends <paramref name="events"/> to a stream, all or none.</summary>
    /// <param name="persistenceId">the stream, not empty</param>
    /// <param name="firstSequenceNr">the number of the first of them: the stream's highest plus one</param>
    /// <param name="events">at least one</param>
    /// <exception cref="SequenceConflictException">the stream's highest number is another: somebody else wrote to it</exception>
    /// <exception cref="JournalException">it could not be written</exception>
    Task AppendAsync(string persistenceId, long firstSequenceNr, IReadOnlyList<SerializedEvent> events);

    /// <summary>Up to <paramref name="max"/> events with numbers above <paramref name="afterSequenceNr"/>.</summary>
    /// <exception cref="JournalCorruptException">a gap, a bad checksum, a missing end, or fewer events than <paramref name="afterSequenceNr"/></exception>
    Task<JournalPage> ReadAsync(string persistenceId, long afterSequenceNr, int max);

    /// <summary>Replaces the stream's snapshot.</summary>
    Task SaveSnapshotAsync(string persistenceId, StoredSnapshot snapshot);

    /// <summary>The stream's snapshot, or null when it has none.</summary>
    /// <exception cref="SnapshotUnreadableException">there is one, and it is damaged</exception>
    Task<StoredSnapshot?> LoadSnapshotAsync(string persistenceId);
}
