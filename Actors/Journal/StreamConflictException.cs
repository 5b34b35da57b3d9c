namespace Sweeps.Actors.Journal;

/// <summary>The events did not continue the end of their stream and were not stored: somebody else writes to it.</summary>
internal sealed class StreamConflictException(string location, string stream, long sequenceNr, Exception? inner)
    : JournalException(location, $"event {sequenceNr} does not continue stream '{stream}': it has another writer", inner)
{
    public string Stream { get; } = stream;

    /// <summary>The number of the first event that was not stored.</summary>
    public long SequenceNr { get; } = sequenceNr;
}
