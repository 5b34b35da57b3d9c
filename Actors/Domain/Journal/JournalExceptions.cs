namespace Sweeps.Domain.Journal;

/// <summary>
/// The journal could not be opened, read or written, for a reason that may pass (disk full, input or output error, closed).
/// </summary>
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

/// <summary>
/// The run, or the lease that guards it, is another's: this process has lost the right to write. Final; nothing of the write was stored.
/// </summary>
public sealed class FencedException(string location, string message, Exception? inner = null) : JournalException(location, message, inner);

/// <summary>What is stored is not what was written, or this program cannot know what it means. Nothing of it is used.</summary>
public sealed class JournalCorruptException : Exception
{
    /// <summary>Names the file, and where in it, and what is wrong.</summary>
    public JournalCorruptException(string location, string? persistenceId, long? sequenceNr, string problem, Exception? inner = null)
        : base(
            $"{location}{(persistenceId is null ? "" : $", stream '{persistenceId}'")}"
                + $"{(sequenceNr is null ? "" : $", event {sequenceNr}")}: {problem}",
            inner)
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

/// <summary>An object cannot be stored, or stored bytes cannot be turned into an object.</summary>
public sealed class EventSerializationException(string message, Exception? inner = null) : Exception(message, inner);
