using System.Data.Common;

namespace Sweeps.Actors.Journal.Sql;

/// <summary>A row of the journal, after its checksum and its place were checked.</summary>
internal readonly record struct ScannedEvent(
    string Stream, long SequenceNr, long Created, string WriterUuid, JournalRecord Record, ChainedEvent Event);

/// <summary>
/// Follows streams row by row within one transaction, stops at the first row that is not what was written, and at the end checks that each
/// stream ends where it was committed to end.
/// </summary>
internal sealed class JournalScan(SqlStore store, DbConnection connection)
{
    private const string Columns = "SELECT persistence_id, sequence_number, created, manifest, message, writer_uuid FROM journal";

    private readonly Dictionary<string, JournalChain> _chains = new(StringComparer.Ordinal);

    /// <summary>The events of all streams that begin with <paramref name="prefix"/>, in the order in which they were stored.</summary>
    public IEnumerable<ScannedEvent> ReadAll(string prefix)
    {
        var parameter = ("@prefix", (object)(store.Prefix + prefix));
        var ends = Guard(() => ReadEnds($"WHERE {store.HasPrefix}", parameter));
        using var command = connection.Command($"{Columns} WHERE {store.HasPrefix} ORDER BY ordering", parameter);
        foreach (var scanned in Follow(command)) yield return scanned;
        CheckEnds(ends);
    }

    public IEnumerable<ScannedEvent> ReadStream(string stream)
    {
        var parameter = ("@id", (object)(store.Prefix + stream));
        var ends = Guard(() => ReadEnds("WHERE persistence_id = @id", parameter));
        using var command = connection.Command($"{Columns} WHERE persistence_id = @id ORDER BY sequence_number", parameter);
        foreach (var scanned in Follow(command)) yield return scanned;
        CheckEnds(ends);
    }

    /// <summary>Where the streams end as it was committed, by name.</summary>
    public Dictionary<string, long> ReadEnds(string prefix)
        => Guard(() => ReadEnds($"WHERE {store.HasPrefix}", ("@prefix", store.Prefix + prefix)));

    /// <summary>Compares the number of rows of each stream with where it was committed to end. Reads an index, and no event.</summary>
    /// <exception cref="JournalCorruptException">rows are missing or too many</exception>
    public void CheckCounts() => Guard(() =>
    {
        var ends = ReadEnds($"WHERE {store.HasPrefix}", ("@prefix", store.Prefix));
        var rows = connection.ReadList(
            $"SELECT persistence_id, count(*), max(sequence_number) FROM journal WHERE {store.HasPrefix} GROUP BY persistence_id",
            row => (Stream: store.StreamOf(row.GetString(0)), Count: row.GetInt64(1), Last: row.GetInt64(2)),
            ("@prefix", store.Prefix));
        foreach (var (stream, count, last) in rows)
        {
            if (!ends.Remove(stream, out var end) || count != end || last != end)
            {
                throw new JournalCorruptException(
                    store.Location, stream, null, $"{end} events were committed; there are {count}, the last with number {last}");
            }
        }
        foreach (var (stream, end) in ends)
            throw new JournalCorruptException(store.Location, stream, 1, $"{end} events were committed; there are none");
        return true;
    });

    private IEnumerable<ScannedEvent> Follow(DbCommand command)
    {
        // A large journal takes longer than the time after which a server is given up.
        command.CommandTimeout = 0;
        using var reader = Guard(command.ExecuteReader);
        while (Guard(reader.Read))
        {
            var (stream, sequenceNr, created, writer, record) = Guard(() => (
                store.StreamOf(reader.GetString(0)),
                reader.GetInt64(1),
                reader.GetInt64(2),
                reader.GetString(5),
                new JournalRecord(reader.GetString(3), reader.GetFieldValue<byte[]>(4))));
            if (!_chains.TryGetValue(stream, out var chain)) _chains[stream] = chain = new JournalChain(store.Location, stream);
            if (created < DateTimeOffset.MinValue.Ticks || created > DateTimeOffset.MaxValue.Ticks)
                throw new JournalCorruptException(store.Location, stream, sequenceNr, $"its time is {created}, which is none");
            yield return new ScannedEvent(stream, sequenceNr, created, writer, record, chain.Follow(sequenceNr, record));
        }
    }

    private void CheckEnds(Dictionary<string, long> ends)
    {
        foreach (var stream in _chains.Keys.Union(ends.Keys))
        {
            var (last, end) = (_chains.GetValueOrDefault(stream)?.Number ?? 0, ends.GetValueOrDefault(stream));
            if (last != end)
            {
                throw new JournalCorruptException(
                    store.Location, stream, Math.Min(last, end) + 1, $"{end} events were committed; there are {last}");
            }
        }
    }

    private Dictionary<string, long> ReadEnds(string condition, (string Name, object Value) parameter)
        => connection
            .ReadList(
                $"SELECT persistence_id, sequence_number FROM journal_end {condition}",
                row => (Stream: store.StreamOf(row.GetString(0)), Last: row.GetInt64(1)),
                parameter)
            .ToDictionary(end => end.Stream, end => end.Last, StringComparer.Ordinal);

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e)
        {
            var translated = store.Translate(e);
            if (ReferenceEquals(translated, e)) throw;
            throw translated;
        }
    }
}
