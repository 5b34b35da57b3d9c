using Sweeps.Actors.Runtime;

namespace Sweeps.Actors.Persistence;

/// <summary>The journal could not be opened, read or written, for a reason that may pass (disk full, input or output error, closed).</summary>
public class JournalException(string location, string message, Exception? inner = null) : Exception($"{location}: {message}", inner)
{
    /// <summary>The file.</summary>
    public string Location { get; } = location;
}

/// <summary>Another process, or another part of this one, has the journal open for writing.</summary>
public sealed class JournalLockedException(string location, string owner)
    : JournalException(location, $"the journal is in use by {owner}; stop it first, or give this run another folder")
{
    /// <summary>Who holds it.</summary>
    public string Owner { get; } = owner;
}

/// <summary>An append expected another end of its stream: it was fenced off and wrote nothing.</summary>
public sealed class SequenceConflictException(string location, string persistenceId, long firstSequenceNr, long highestSequenceNr)
    : JournalException(location, $"append to '{persistenceId}' begins at {firstSequenceNr}, but the stream ends at {highestSequenceNr}: it has another writer")
{
    /// <summary>The stream.</summary>
    public string PersistenceId { get; } = persistenceId;

    /// <summary>Where its end really is.</summary>
    public long HighestSequenceNr { get; } = highestSequenceNr;
}

/// <summary>What is stored is not what was written, or this program cannot know what it means. Nothing of it is used.</summary>
public sealed class JournalCorruptException : FatalActorException
{
    /// <summary>Names the file, and where in it, and what is wrong.</summary>
    public JournalCorruptException(string location, string? persistenceId, long? sequenceNr, string problem, Exception? inner = null)
        : base($"{location}{(persistenceId is null ? "" : $", stream '{persistenceId}'")}{(sequenceNr is null ? "" : $", event {sequenceNr}")}: {problem}", inner)
        => (Location, PersistenceId, SequenceNr, Problem) = (location, persistenceId, sequenceNr, problem);

    /// <summary>The file.</summary>
    public string Location { get; }

    /// <summary>The stream, if the damage is within one.</summary>
    public string? PersistenceId { get; }

    /// <summary>The event, if it is known.</summary>
    public long? SequenceNr { get; }

    /// <summary>What is wrong.</summary>
    public string Problem { get; }
}

/// <summary>A snapshot is damaged. The events are the truth: replay them all instead.</summary>
public sealed class SnapshotUnreadableException(string location, string persistenceId, string problem)
    : JournalException(location, $"snapshot of '{persistenceId}': {problem}");

/// <summary>An intact event that the actor refused to apply while recovering.</summary>
public sealed class RecoveryFailedException(string location, string persistenceId, long sequenceNr, string name, Exception inner)
    : FatalActorException($"{location}, stream '{persistenceId}', event {sequenceNr} ({name}): the actor could not apply it: {inner?.Message}", inner)
{
    /// <summary>The stream.</summary>
    public string PersistenceId { get; } = persistenceId;

    /// <summary>The event.</summary>
    public long SequenceNr { get; } = sequenceNr;
}

/// <summary>An object cannot be stored, or stored bytes cannot be turned into an object.</summary>
public sealed class EventSerializationException(string message, Exception? inner = null) : Exception(message, inner);
