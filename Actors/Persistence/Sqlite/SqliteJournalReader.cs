using Microsoft.Data.Sqlite;

namespace Sweeps.Actors.Persistence.Sqlite;

/// <summary>
/// Reads a journal file, also while another process writes to it: each call sees the state of one instant and blocks nobody.
/// </summary>
/// <remarks>Each call opens the file anew. Thread-safe.</remarks>
public sealed class SqliteJournalReader : IJournalReader
{
    private const string HasPrefix = "substr(persistence_id, 1, length($prefix)) = $prefix";

    /// <summary>A reader of the journal at <paramref name="path"/>.</summary>
    /// <exception cref="FileNotFoundException">there is no such file</exception>
    /// <exception cref="JournalCorruptException">it is not a journal, or of another version</exception>
    /// <exception cref="JournalException">it cannot be opened</exception>
    public SqliteJournalReader(string path)
    {
        Location = Path.GetFullPath(path);
        if (!File.Exists(Location)) throw new FileNotFoundException($"{Location}: there is no journal", Location);
        Read<object?>(_ => null);
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> PersistenceIds(string prefix = "") => Read(connection =>
    {
        using var command = connection.Command($"SELECT persistence_id FROM stream WHERE {HasPrefix} ORDER BY persistence_id", "$prefix").With(prefix);
        using var reader = command.ExecuteReader();
        List<string> ids = [];
        while (reader.Read()) ids.Add(reader.GetString(0));
        return ids;
    });

    /// <inheritdoc/>
    public IEnumerable<StoredEvent> ReadAll(string prefix = "")
    {
        using var connection = Open();
        // One transaction, so that events and ends of streams are of the same instant.
        using var transaction = connection.BeginTransaction(deferred: true);
        using var checker = new StreamChecker(Location);
        var committed = Guard(() => ReadEnds(connection, prefix));
        Dictionary<string, StreamEnd> ends = new(StringComparer.Ordinal);
        using var command = connection.Command(
            $"SELECT persistence_id, sequence_nr, name, version, payload, checksum FROM event WHERE {HasPrefix} ORDER BY position", "$prefix").With(prefix);
        using var reader = Guard(command.ExecuteReader);
        while (Guard(reader.Read))
        {
            var (stored, checksum) = Guard(() => (ReadEvent(reader), reader.GetBytes(5)));
            var end = ends.GetValueOrDefault(stored.PersistenceId, StreamEnd.Empty);
            ends[stored.PersistenceId] = checker.Follow(end, stored, checksum);
            yield return stored;
        }
        foreach (var id in ends.Keys.Union(committed.Keys))
            checker.CheckEnd(id, ends.GetValueOrDefault(id, StreamEnd.Empty), committed.GetValueOrDefault(id, StreamEnd.Empty));
    }

    /// <summary>Lets SQLite check every page and index, and compares the number of events with what was committed. Takes as long as reading the file.</summary>
    /// <exception cref="JournalCorruptException">pages are damaged or events are missing</exception>
    /// <exception cref="JournalException">it cannot be read</exception>
    public void CheckIntegrity() => Read<object?>(connection =>
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        Schema.CheckIntegrity(connection, Location);
        return null;
    });

    /// <summary>Writes the journal, as of one instant, to a new file, which is synced. Its writer goes on meanwhile.</summary>
    /// <exception cref="JournalException">it cannot be read, or <paramref name="path"/> cannot be written or is there already</exception>
    public void CopyTo(string path)
    {
        if (File.Exists(path)) throw new JournalException(path, "there is a file of this name already");
        Read<object?>(connection =>
        {
            using var command = connection.Command("VACUUM INTO $path", "$path").With(path);
            command.ExecuteNonQuery();
            return null;
        });
        using var copy = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        copy.Flush(flushToDisk: true);
    }

    internal static StoredEvent ReadEvent(SqliteDataReader reader)
        => new(reader.GetString(0), reader.GetInt64(1), new SerializedEvent(reader.GetString(2), reader.GetInt32(3), reader.GetBytes(4)));

    private static Dictionary<string, StreamEnd> ReadEnds(SqliteConnection connection, string prefix)
    {
        using var command = connection.Command($"SELECT persistence_id, highest_nr, checksum FROM stream WHERE {HasPrefix}", "$prefix").With(prefix);
        using var reader = command.ExecuteReader();
        Dictionary<string, StreamEnd> ends = new(StringComparer.Ordinal);
        while (reader.Read()) ends.Add(reader.GetString(0), new StreamEnd(reader.GetInt64(1), reader.GetBytes(2)));
        return ends;
    }

    private SqliteConnection Open() => Guard(() =>
    {
        var connection = SqliteExtensions.Open(Location, SqliteOpenMode.ReadOnly);
        try
        {
            Schema.CheckIdentity(connection, Location);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    });

    private T Read<T>(Func<SqliteConnection, T> read)
    {
        using var connection = Open();
        return Guard(() => read(connection));
    }

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SqliteException e)
        {
            throw e.ToJournalException(Location);
        }
        catch (Exception e) when (e.IsMalformedRow())
        {
            throw new JournalCorruptException(Location, null, null, $"a row is malformed: {e.Message}", e);
        }
    }
}
