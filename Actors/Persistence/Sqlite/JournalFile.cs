using Microsoft.Data.Sqlite;

namespace Sweeps.Actors.Persistence.Sqlite;

/// <summary>The open file with its statements. Belongs to the writer thread.</summary>
internal sealed class JournalFile : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Checksum _checksum = new();
    private readonly StreamChecker _checker;
    private readonly SqliteCommand _begin, _commit, _rollback, _end, _insert, _moveEnd, _moveTotal, _page, _last, _checksumAt, _putSnapshot, _getSnapshot;
    // Who asks in vain is not looked up: SQLite compares keys by reading whole rows, and a snapshot may have many megabytes.
    private readonly HashSet<string> _snapshots = new(StringComparer.Ordinal);
    private long _events;
    private long _committedEvents;

    public JournalFile(SqliteConnection connection, string path)
    {
        (_connection, Path, _checker) = (connection, path, new StreamChecker(path));
        _begin = connection.Command("BEGIN IMMEDIATE");
        _commit = connection.Command("COMMIT");
        _rollback = connection.Command("ROLLBACK");
        _end = connection.Command("SELECT highest_nr, checksum FROM stream WHERE persistence_id = $id", "$id");
        _insert = connection.Command(
            "INSERT INTO event VALUES ($position, $id, $nr, $name, $version, $payload, $checksum)",
            "$position", "$id", "$nr", "$name", "$version", "$payload", "$checksum");
        _moveEnd = connection.Command("INSERT OR REPLACE INTO stream VALUES ($id, $nr, $checksum)", "$id", "$nr", "$checksum");
        _moveTotal = connection.Command("UPDATE meta SET events = $events", "$events");
        _page = connection.Command(
            """
            SELECT persistence_id, sequence_nr, name, version, payload, checksum FROM event
            WHERE persistence_id = $id AND sequence_nr > $after ORDER BY sequence_nr LIMIT $max
            """,
            "$id", "$after", "$max");
        _last = connection.Command("SELECT ifnull(max(sequence_nr), 0) FROM event WHERE persistence_id = $id", "$id");
        _checksumAt = connection.Command("SELECT checksum FROM event WHERE persistence_id = $id AND sequence_nr = $nr", "$id", "$nr");
        _putSnapshot = connection.Command(
            "INSERT OR REPLACE INTO snapshot VALUES ($id, $nr, $name, $version, $payload, $checksum)",
            "$id", "$nr", "$name", "$version", "$payload", "$checksum");
        _getSnapshot = connection.Command(
            "SELECT persistence_id, sequence_nr, name, version, payload, checksum FROM snapshot WHERE persistence_id = $id", "$id");
        _events = _committedEvents = connection.ReadLong("SELECT events FROM meta");
        using var ids = connection.Command("SELECT persistence_id FROM snapshot");
        using var reader = ids.ExecuteReader();
        while (reader.Read()) _snapshots.Add(reader.GetString(0));
    }

    public string Path { get; }

    public void Begin() => _begin.ExecuteNonQuery();

    /// <summary>Synced to disk when it returns.</summary>
    public void Commit()
    {
        if (_events != _committedEvents) _moveTotal.With(_events).ExecuteNonQuery();
        _commit.ExecuteNonQuery();
        _committedEvents = _events;
    }

    public void Rollback()
    {
        _events = _committedEvents;
        // SQLite has already rolled back by itself after some errors (disk full, input or output).
        if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0) _rollback.ExecuteNonQuery();
    }

    public void Append(string id, long first, IReadOnlyList<SerializedEvent> events)
    {
        var end = ReadEnd(id);
        if (first != end.SequenceNr + 1) throw new SequenceConflictException(Path, id, first, end.SequenceNr);
        foreach (var e in events)
        {
            var nr = end.SequenceNr + 1;
            end = new StreamEnd(nr, _checksum.Of(end.Checksum, id, nr, e));
            _insert.With(++_events, id, nr, e.Name, e.Version, e.Payload.ToArray(), end.Checksum).ExecuteNonQuery();
        }
        _moveEnd.With(id, end.SequenceNr, end.Checksum).ExecuteNonQuery();
    }

    public JournalPage ReadPage(string id, long after, int max)
    {
        var committed = ReadEnd(id);
        var last = (long)_last.With(id).ExecuteScalar()!;
        if (last != committed.SequenceNr)
            throw new JournalCorruptException(Path, id, Math.Min(last, committed.SequenceNr) + 1, $"{committed.SequenceNr} events were committed; the last one there is {last}");
        if (after > last) throw new JournalCorruptException(Path, id, after, $"a snapshot includes it, but the stream ends at {last}");
        var end = after == 0 ? StreamEnd.Empty : new StreamEnd(after, ReadChecksum(id, after));
        List<StoredEvent> events = [];
        using (var reader = _page.With(id, after, max).ExecuteReader())
        {
            while (reader.Read())
            {
                var stored = SqliteJournalReader.ReadEvent(reader);
                end = _checker.Follow(end, stored, reader.GetBytes(5));
                events.Add(stored);
            }
        }
        if (events.Count < max) _checker.CheckEnd(id, end, committed);
        return new JournalPage(events, last);
    }

    public void SaveSnapshot(string id, StoredSnapshot snapshot)
    {
        var (nr, state) = snapshot;
        var checksum = _checksum.Of(Checksum.Start, id, nr, state);
        _putSnapshot.With(id, nr, state.Name, state.Version, state.Payload.ToArray(), checksum).ExecuteNonQuery();
        _snapshots.Add(id);
        // The command would keep the state of a large sweep until the next snapshot.
        _putSnapshot.With(id, nr, state.Name, state.Version, Array.Empty<byte>(), checksum);
    }

    public StoredSnapshot? LoadSnapshot(string id)
    {
        if (!_snapshots.Contains(id)) return null;
        using var reader = _getSnapshot.With(id).ExecuteReader();
        if (!reader.Read()) return null;
        var (_, nr, state) = SqliteJournalReader.ReadEvent(reader);
        if (!_checksum.Of(Checksum.Start, id, nr, state).AsSpan().SequenceEqual(reader.GetBytes(5)))
            throw new SnapshotUnreadableException(Path, id, "its checksum is wrong");
        return new StoredSnapshot(nr, state);
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[_begin, _commit, _rollback, _end, _insert, _moveEnd, _moveTotal, _page, _last, _checksumAt, _putSnapshot, _getSnapshot])
            command.Dispose();
        _checksum.Dispose();
        _checker.Dispose();
        _connection.Dispose();
    }

    private StreamEnd ReadEnd(string id)
    {
        using var reader = _end.With(id).ExecuteReader();
        return reader.Read() ? new StreamEnd(reader.GetInt64(0), reader.GetBytes(1)) : StreamEnd.Empty;
    }

    private byte[] ReadChecksum(string id, long nr)
        => _checksumAt.With(id, nr).ExecuteScalar() as byte[] ?? throw new JournalCorruptException(Path, id, nr, "it is missing");
}
