namespace Sweeps.Actors.Persistence.Sqlite;

/// <summary>The end of a stream so far: the last number, and the checksum that the next row continues.</summary>
internal readonly record struct StreamEnd(long SequenceNr, byte[] Checksum)
{
    public static StreamEnd Empty { get; } = new(0, Sqlite.Checksum.Start);
}

/// <summary>Follows streams row by row and stops at the first that is not what was written.</summary>
internal sealed class StreamChecker(string path) : IDisposable
{
    private readonly Checksum _checksum = new();

    /// <summary>The end after <paramref name="stored"/>.</summary>
    /// <exception cref="JournalCorruptException">a gap or a wrong checksum</exception>
    public StreamEnd Follow(StreamEnd end, StoredEvent stored, byte[] checksum)
    {
        var (id, nr) = (stored.PersistenceId, stored.SequenceNr);
        if (nr != end.SequenceNr + 1)
            throw new JournalCorruptException(path, id, end.SequenceNr + 1, $"it is missing; the next one is {nr}");
        if (!_checksum.Of(end.Checksum, id, nr, stored.Event).AsSpan().SequenceEqual(checksum))
            throw new JournalCorruptException(path, id, nr, "its checksum is wrong: it, or the event before it, is not what was written");
        return new StreamEnd(nr, checksum);
    }

    /// <exception cref="JournalCorruptException">the stream ends elsewhere than was committed</exception>
    public void CheckEnd(string persistenceId, StreamEnd end, StreamEnd committed)
    {
        if (end.SequenceNr != committed.SequenceNr)
        {
            throw new JournalCorruptException(
                path, persistenceId, Math.Min(end.SequenceNr, committed.SequenceNr) + 1, $"{committed.SequenceNr} events were committed; there are {end.SequenceNr}");
        }
        if (!end.Checksum.AsSpan().SequenceEqual(committed.Checksum))
            throw new JournalCorruptException(path, persistenceId, end.SequenceNr, "its checksum is not the one that was committed");
    }

    public void Dispose() => _checksum.Dispose();
}
