using Microsoft.Data.Sqlite;

namespace Sweeps.Actors.Persistence.Sqlite;

/// <summary>The tables of a journal file, and the checks that make sure a file is one.</summary>
/// <remarks>
/// Positions count all events from 1 without gaps and sequence numbers those of a stream; meta.events and stream.highest_nr say
/// where both end, so that a missing row is noticed wherever it was. Payloads are blobs, since their bytes are what the checksum
/// covers; CAST(payload AS TEXT) shows them.
/// </remarks>
internal static class Schema
{
    /// <summary>Marks a SQLite file as a journal: "Swps".</summary>
    private const int ApplicationId = 0x53777073;

    private const int Version = 1;

    private const string Tables = """
        CREATE TABLE meta (
            id     INTEGER PRIMARY KEY CHECK (id = 1),
            events INTEGER NOT NULL CHECK (events >= 0),
            owner  TEXT NOT NULL
        ) STRICT;
        CREATE TABLE stream (
            persistence_id TEXT PRIMARY KEY,
            highest_nr     INTEGER NOT NULL CHECK (highest_nr > 0),
            checksum       BLOB NOT NULL CHECK (length(checksum) = 16)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE event (
            position       INTEGER PRIMARY KEY CHECK (position > 0),
            persistence_id TEXT NOT NULL CHECK (length(persistence_id) > 0),
            sequence_nr    INTEGER NOT NULL CHECK (sequence_nr > 0),
            name           TEXT NOT NULL CHECK (length(name) > 0),
            version        INTEGER NOT NULL CHECK (version > 0),
            payload        BLOB NOT NULL,
            checksum       BLOB NOT NULL CHECK (length(checksum) = 16),
            UNIQUE (persistence_id, sequence_nr)
        ) STRICT;
        CREATE TABLE snapshot (
            persistence_id TEXT PRIMARY KEY,
            sequence_nr    INTEGER NOT NULL CHECK (sequence_nr > 0),
            name           TEXT NOT NULL,
            version        INTEGER NOT NULL,
            payload        BLOB NOT NULL,
            checksum       BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO meta VALUES (1, 0, '');
        """;

    /// <summary>True for a new file, and for one whose creation was cut short.</summary>
    public static bool IsEmpty(SqliteConnection connection)
        => connection.ReadLong("SELECT count(*) FROM sqlite_schema") == 0 && connection.ReadLong("PRAGMA application_id") == 0;

    /// <summary>Creates the tables, all or nothing.</summary>
    public static void Create(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        connection.Execute(Tables);
        connection.Execute($"PRAGMA application_id = {ApplicationId}");
        connection.Execute($"PRAGMA user_version = {Version}");
        transaction.Commit();
    }

    /// <exception cref="JournalCorruptException">another kind of file, or another version's</exception>
    public static void CheckIdentity(SqliteConnection connection, string path)
    {
        if (connection.ReadLong("PRAGMA application_id") != ApplicationId)
            throw new JournalCorruptException(path, null, null, "this is not a journal");
        var version = connection.ReadLong("PRAGMA user_version");
        if (version != Version)
            throw new JournalCorruptException(path, null, null, $"its schema has version {version}; this program reads version {Version}");
    }

    /// <summary>Lets SQLite check every page and index, and compares the number of events with what was committed.</summary>
    /// <exception cref="JournalCorruptException">pages are damaged or events are missing</exception>
    public static void CheckIntegrity(SqliteConnection connection, string path)
    {
        using (var command = connection.Command("PRAGMA integrity_check(10)"))
        using (var reader = command.ExecuteReader())
        {
            List<string> problems = [];
            while (reader.Read()) problems.Add(reader.GetString(0));
            if (problems is not ["ok"]) throw new JournalCorruptException(path, null, null, string.Join("; ", problems));
        }
        var committed = connection.ReadLong("SELECT events FROM meta");
        var count = connection.ReadLong("SELECT count(*) FROM event");
        var last = connection.ReadLong("SELECT ifnull(max(position), 0) FROM event");
        if (count != committed || last != committed)
            throw new JournalCorruptException(path, null, null, $"{committed} events were committed; there are {count}, the last at position {last}");
    }
}
