namespace Sweeps.Domain.Journal;

/// <summary>Reads what a journal holds, for reports and views. Blocks no writer. Thread-safe.</summary>
public interface IJournalReader
{
    /// <summary>The file, or the database and the run, for messages.</summary>
    string Location { get; }

    /// <summary>The names of the streams that begin with <paramref name="prefix"/>, in ordinal order.</summary>
    /// <exception cref="JournalException">the journal cannot be read</exception>
    /// <exception cref="JournalCorruptException">it is damaged</exception>
    IReadOnlyList<string> Streams(string prefix = "");

    /// <summary>
    /// The events of those streams as of one instant, streams interleaved, in an order in which each event comes after all that were stored
    /// before it was asked for.
    /// </summary>
    /// <exception cref="JournalException">the journal cannot be read</exception>
    /// <exception cref="JournalCorruptException">a gap, a wrong checksum, a missing end</exception>
    IEnumerable<StoredEvent> ReadAll(string prefix = "");

    /// <summary>The events of one stream as of one instant; none when there is no such stream.</summary>
    /// <exception cref="JournalException">the journal cannot be read</exception>
    /// <exception cref="JournalCorruptException">a gap, a wrong checksum, a missing end</exception>
    IEnumerable<StoredEvent> ReadStream(string stream);
}
