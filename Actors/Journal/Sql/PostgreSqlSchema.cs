using System.Data.Common;

namespace Sweeps.Actors.Journal.Sql;

/// <summary>
/// The tables of the journals in a database, and the checks that they are there. What they are for is said at <see cref="SqliteSchema"/>.
/// </summary>
/// <remarks>Persistence ids compare by bytes, so that those of a run are one range of the index whatever the database's language.</remarks>
internal static class PostgreSqlSchema
{
    public const int Version = 1;

    // Held while the tables are made, so that two runs that begin at once make them once: "Swps".
    private const long LockKey = SqliteSchema.ApplicationId;

    private static readonly string[] s_tables = ["journal_schema", "journal_run", "journal", "journal_end", "snapshot"];

    private static readonly string[] s_triggers = ["journal_end_follows", "snapshot_replaces"];

    private static readonly string s_create = $"""
        CREATE TABLE journal_schema (version integer NOT NULL);
        INSERT INTO journal_schema VALUES ({Version});
        CREATE TABLE journal_run (
            run    text COLLATE "C" PRIMARY KEY CHECK (run <> ''),
            writer text NOT NULL
        );
        CREATE TABLE journal (
            ordering        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            deleted         boolean NOT NULL CHECK (NOT deleted),
            persistence_id  text COLLATE "C" NOT NULL CHECK (persistence_id <> ''),
            sequence_number bigint NOT NULL CHECK (sequence_number > 0),
            created         bigint NOT NULL,
            message         bytea NOT NULL,
            identifier      integer NOT NULL CHECK (identifier = {JournalSerializer.SerializerId}),
            manifest        text NOT NULL,
            writer_uuid     text NOT NULL,
            UNIQUE (persistence_id, sequence_number)
        );
        CREATE TABLE journal_end (
            persistence_id  text COLLATE "C" PRIMARY KEY,
            sequence_number bigint NOT NULL CHECK (sequence_number > 0)
        ) WITH (fillfactor = 50);
        CREATE FUNCTION journal_end_follows() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            added record;
        BEGIN
            -- In one order, so that two transactions never wait for each other.
            FOR added IN
                SELECT persistence_id, min(sequence_number) AS first, max(sequence_number) AS last, count(*) AS count
                FROM added_events GROUP BY persistence_id ORDER BY persistence_id
            LOOP
                IF added.first = 1 THEN
                    INSERT INTO journal_end VALUES (added.persistence_id, added.last);
                ELSE
                    UPDATE journal_end SET sequence_number = added.last
                    WHERE persistence_id = added.persistence_id AND sequence_number = added.first - 1;
                END IF;
                IF NOT FOUND OR added.count <> added.last - added.first + 1 THEN
                    RAISE unique_violation USING MESSAGE =
                        format('event %s does not continue its stream %L', added.first, added.persistence_id);
                END IF;
            END LOOP;
            RETURN NULL;
        END $$;
        CREATE TRIGGER journal_end_follows AFTER INSERT ON journal
            REFERENCING NEW TABLE AS added_events FOR EACH STATEMENT EXECUTE FUNCTION journal_end_follows();
        CREATE TABLE snapshot (
            persistence_id  text COLLATE "C" NOT NULL CHECK (persistence_id <> ''),
            sequence_number bigint NOT NULL CHECK (sequence_number > 0),
            created         bigint NOT NULL,
            manifest        text NOT NULL,
            serializer_id   integer NOT NULL CHECK (serializer_id = {JournalSerializer.SerializerId}),
            snapshot        bytea NOT NULL,
            PRIMARY KEY (persistence_id, sequence_number)
        );
        CREATE FUNCTION snapshot_replaces() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM snapshot WHERE persistence_id = NEW.persistence_id AND sequence_number < NEW.sequence_number;
            RETURN NULL;
        END $$;
        CREATE TRIGGER snapshot_replaces AFTER INSERT ON snapshot FOR EACH ROW EXECUTE FUNCTION snapshot_replaces();
        """;

    /// <summary>Creates the tables where there are none.</summary>
    public static void CreateIfMissing(DbConnection connection)
    {
        if (Exists(connection)) return;
        using var transaction = connection.BeginTransaction();
        connection.Execute("SELECT pg_advisory_xact_lock(@key)", ("@key", LockKey));
        if (!Exists(connection)) connection.Execute(s_create);
        transaction.Commit();
    }

    /// <exception cref="JournalCorruptException">no journal is there, or one of another version, or a part of it is missing</exception>
    public static void Check(DbConnection connection, string location)
    {
        if (!Exists(connection)) throw new JournalCorruptException(location, null, null, "the database holds no journal");
        var version = connection.ReadLong("SELECT max(version) FROM journal_schema");
        if (version != Version)
        {
            throw new JournalCorruptException(
                location, null, null, $"its schema has version {version}; this program reads version {Version}");
        }
        // An unlogged table would be emptied by a crash of the server.
        var tables = connection.ReadList(
            "SELECT relname FROM pg_class JOIN unnest(@tables) AS name ON oid = to_regclass(name) WHERE relpersistence = 'p'",
            row => row.GetString(0),
            ("@tables", s_tables));
        if (s_tables.Except(tables).FirstOrDefault() is { } table)
            throw new JournalCorruptException(location, null, null, $"its table {table} is missing or not kept over a crash");
        var triggers = connection.ReadList(
            "SELECT tgname FROM pg_trigger WHERE tgrelid IN ('journal'::regclass, 'snapshot'::regclass) AND tgenabled IN ('O', 'A')",
            row => row.GetString(0));
        if (s_triggers.Except(triggers).FirstOrDefault() is { } trigger)
            throw new JournalCorruptException(location, null, null, $"its trigger {trigger} is missing or disabled");
    }

    private static bool Exists(DbConnection connection) => connection.ReadScalar("SELECT to_regclass('journal_schema')::text") is string;
}
