using Microsoft.Data.Sqlite;

namespace Sweeps.Actors.Journal.Sql;

/// <summary>The tables of a journal file, and the checks that a file is one.</summary>
/// <remarks>
/// journal and snapshot are the tables that Akka.Persistence.Sql reads and writes, with the columns that it expects; what they may hold is
/// stricter than its own. journal_end says where each stream ends, so that a lost last row is noticed; journal_run who has the journal
/// open, or had. A stream has its latest snapshot only. Looking for a snapshot reads an index and not the rows, which may have many
/// megabytes.
/// </remarks>
internal static class SqliteSchema
{
    /// <summary>Marks a SQLite file as a journal: "Swps".</summary>
    public const int ApplicationId = 0x53777073;

    public const int Version = 2;

    /// <summary>What the trigger says to events that do not follow the last one of their stream.</summary>
    public const string DoesNotContinue = "the event does not continue its stream";

    private static readonly (string Name, string Sql)[] s_objects =
    [
        ("journal_run", """
            CREATE TABLE journal_run (
                run    TEXT PRIMARY KEY CHECK (run = ''),
                writer TEXT NOT NULL
            ) STRICT, WITHOUT ROWID
            """),
        ("journal", $"""
            CREATE TABLE journal (
                ordering        INTEGER PRIMARY KEY CHECK (ordering > 0),
                deleted         INTEGER NOT NULL CHECK (deleted = 0),
                persistence_id  TEXT NOT NULL CHECK (length(persistence_id) > 0),
                sequence_number INTEGER NOT NULL CHECK (sequence_number > 0),
                created         INTEGER NOT NULL,
                message         BLOB NOT NULL,
                identifier      INTEGER NOT NULL CHECK (identifier = {JournalSerializer.SerializerId}),
                manifest        TEXT NOT NULL,
                writer_uuid     TEXT NOT NULL,
                UNIQUE (persistence_id, sequence_number)
            ) STRICT
            """),
        ("journal_end", """
            CREATE TABLE journal_end (
                persistence_id  TEXT PRIMARY KEY,
                sequence_number INTEGER NOT NULL CHECK (sequence_number > 0)
            ) STRICT, WITHOUT ROWID
            """),
        ("journal_end_follows", $"""
            CREATE TRIGGER journal_end_follows AFTER INSERT ON journal BEGIN
                SELECT RAISE(ABORT, '{DoesNotContinue}')
                WHERE NEW.sequence_number
                    <> 1 + ifnull((SELECT sequence_number FROM journal_end WHERE persistence_id = NEW.persistence_id), 0);
                INSERT INTO journal_end VALUES (NEW.persistence_id, NEW.sequence_number)
                ON CONFLICT (persistence_id) DO UPDATE SET sequence_number = excluded.sequence_number;
            END
            """),
        ("snapshot", $"""
            CREATE TABLE snapshot (
                persistence_id  TEXT NOT NULL CHECK (length(persistence_id) > 0),
                sequence_number INTEGER NOT NULL CHECK (sequence_number > 0),
                created         INTEGER NOT NULL,
                manifest        TEXT NOT NULL,
                serializer_id   INTEGER NOT NULL CHECK (serializer_id = {JournalSerializer.SerializerId}),
                snapshot        BLOB NOT NULL,
                PRIMARY KEY (persistence_id, sequence_number)
            ) STRICT
            """),
        ("snapshot_replaces", """
            CREATE TRIGGER snapshot_replaces AFTER INSERT ON snapshot BEGIN
                DELETE FROM snapshot WHERE persistence_id = NEW.persistence_id AND sequence_number < NEW.sequence_number;
            END
            """),
    ];

    /// <summary>True for a new file, and for one whose creation was cut short.</summary>
    public static bool IsEmpty(SqliteConnection connection)
        => connection.ReadLong("SELECT count(*) FROM sqlite_schema") == 0 && connection.ReadLong("PRAGMA application_id") == 0;

    /// <summary>Creates the tables, all or nothing.</summary>
    public static void Create(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        foreach (var (_, sql) in s_objects) connection.Execute(sql);
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
        if (version == 1)
        {
            throw new JournalCorruptException(
                path,
                null,
                null,
                "an earlier version of Sweeps wrote it; finish this run with that version, or give the new run another folder");
        }
        if (version != Version)
            throw new JournalCorruptException(path, null, null, $"its schema has version {version}; this program reads version {Version}");
    }

    /// <exception cref="JournalCorruptException">a table or a trigger is missing or another</exception>
    public static void CheckObjects(SqliteConnection connection, string path)
    {
        var found = connection.ReadList(
            "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL", row => (Name: row.GetString(0), Sql: row.GetString(1)));
        foreach (var (name, sql) in s_objects)
            if (!found.Contains((name, sql)))
                throw new JournalCorruptException(path, null, null, $"its {name} is missing or not what this program made");
    }

    /// <summary>Lets SQLite check every page, index and constraint.</summary>
    /// <exception cref="JournalCorruptException">something is damaged</exception>
    public static void CheckStructures(SqliteConnection connection, string path)
    {
        var problems = connection.ReadList("PRAGMA integrity_check(10)", row => row.GetString(0));
        if (problems is not ["ok"]) throw new JournalCorruptException(path, null, null, string.Join("; ", problems));
    }
}
