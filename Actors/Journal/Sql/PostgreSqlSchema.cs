using System.Data;
using System.Data.Common;

namespace Sweeps.Actors.Journal.Sql;

/// <summary>
/// The tables of the journals in a database, and the checks that they are there. What they are for is said at <see cref="SqliteSchema"/>.
/// </summary>
/// <remarks>Persistence ids compare by bytes, so that those of a run are one range of the index whatever the database's language.</remarks>
internal static class PostgreSqlSchema
{
    /// <summary>Of the tables as this program makes them.</summary>
    public const int Version = 2;

    /// <summary>The SQLSTATE of a refusal to a writer that has lost its lease or its run.</summary>
    public const string Fenced = "SWF01";

    // Readers read all versions from this one on: none of them changed the events' tables.
    private const int Oldest = 1;

    // Held while the tables are made, so that two runs that begin at once make them once: "Swps".
    private const long LockKey = SqliteSchema.ApplicationId;

    private static readonly string[] s_tables = ["journal_schema", "journal_run", "journal", "journal_end", "snapshot"];

    private static readonly string[] s_triggers = ["journal_end_follows", "snapshot_replaces"];

    // Since version 2.
    private static readonly string[] s_tablesOfFences = ["lease"];

    private static readonly string[] s_triggersOfFences = ["journal_guard", "snapshot_guard"];

    private static readonly string s_create = $"""
        CREATE TABLE journal_schema (version integer NOT NULL);
        INSERT INTO journal_schema VALUES ({Oldest});
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

    // What each version has beside the one before it.
    private static readonly string[] s_upgrades =
    [
        $"""
        CREATE TABLE lease (
            name    text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
            owner   text CHECK (owner <> ''),
            fence   bigint NOT NULL CHECK (fence > 0),
            expires timestamptz NOT NULL,
            UNIQUE (name, fence)
        ) WITH (fillfactor = 50);
        -- NULL: the run is that of a process alone.
        ALTER TABLE journal_run ADD COLUMN lease text COLLATE "C", ADD UNIQUE (run, lease);
        -- Why a writer may not write to a run; NULL when it may, and then that stays so until the transaction ends: who takes the run or
        -- the lease changes a key of the row, and waits for this lock; who renews the lease changes none.
        CREATE FUNCTION journal_refusal(of_run text, mine text, number bigint) RETURNS text LANGUAGE plpgsql AS $$
        DECLARE
            guarded record;
            held record;
        BEGIN
            SELECT lease, writer INTO guarded FROM journal_run WHERE run = of_run FOR KEY SHARE;
            IF guarded.lease IS DISTINCT FROM mine THEN
                IF guarded.lease IS NULL THEN
                    RETURN format('the run %s is that of %s, not of the cluster', of_run, coalesce(guarded.writer, 'nobody'));
                END IF;
                RETURN format('the run %s is the cluster''s: %s', of_run, lease_holder(guarded.lease));
            END IF;
            IF mine IS NULL THEN
                RETURN NULL;
            END IF;
            SELECT fence INTO held FROM lease WHERE name = mine FOR KEY SHARE;
            IF held.fence = number THEN
                RETURN NULL;
            END IF;
            RETURN format('this process has lost the lead, which it had with number %s: %s', number, lease_holder(mine));
        END $$;
        CREATE FUNCTION lease_holder(of_lease text) RETURNS text LANGUAGE sql STABLE AS $$
            SELECT coalesce(
                (SELECT CASE
                    WHEN owner IS NULL THEN format('the lease %s was released, with number %s', name, fence)
                    ELSE format('the lease %s %s held by %s until %s, with number %s',
                        name,
                        CASE WHEN expires > clock_timestamp() THEN 'is' ELSE 'was' END,
                        owner,
                        date_trunc('second', expires),
                        fence)
                    END
                FROM lease WHERE name = of_lease),
                format('the lease %s does not exist', of_lease))
        $$;
        -- At the commit, so that nobody waits for a process that stopped in the middle of a transaction; once for each run in it.
        CREATE FUNCTION journal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            of_run text := split_part(NEW.persistence_id, '/', 1);
            refusal text;
        BEGIN
            IF current_setting('sweeps.guarded', true) IS DISTINCT FROM of_run THEN
                refusal := journal_refusal(
                    of_run,
                    nullif(current_setting('sweeps.lease', true), ''),
                    nullif(current_setting('sweeps.fence', true), '')::bigint);
                IF refusal IS NOT NULL THEN
                    RAISE EXCEPTION USING ERRCODE = '{Fenced}', MESSAGE = refusal;
                END IF;
                PERFORM set_config('sweeps.guarded', of_run, true);
            END IF;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER journal_guard AFTER INSERT OR UPDATE ON journal_end
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_guard();
        CREATE CONSTRAINT TRIGGER snapshot_guard AFTER INSERT OR UPDATE ON snapshot
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_guard();
        UPDATE journal_schema SET version = 2;
        """,
    ];

    /// <summary>Creates the tables where there are none, and brings older ones up to date, all or nothing.</summary>
    public static void CreateOrUpgrade(DbConnection connection)
    {
        if (Exists(connection) && ReadVersion(connection) >= Version) return;
        // Before the transaction begins: inside of one the server may still take tables to be missing that another has just made.
        connection.Execute("SELECT pg_advisory_lock(@key)", ("@key", LockKey));
        try
        {
            using var transaction = connection.BeginTransaction();
            if (!Exists(connection)) connection.Execute(s_create);
            while (ReadVersion(connection) is var version and >= Oldest and < Version) connection.Execute(s_upgrades[version - Oldest]);
            transaction.Commit();
        }
        finally
        {
            // A connection that was lost has lost its lock with it.
            if (connection.State == ConnectionState.Open) connection.Execute("SELECT pg_advisory_unlock(@key)", ("@key", LockKey));
        }
    }

    /// <summary>Makes sure that the tables are there as this program makes them.</summary>
    /// <exception cref="JournalCorruptException">no journal is there, or one of another version, or a part of it is missing</exception>
    public static void Check(DbConnection connection, string location) => Check(connection, location, Version);

    /// <summary>Makes sure that the tables are there, as this program or an earlier one makes them.</summary>
    /// <inheritdoc cref="Check(DbConnection, string)"/>
    public static void CheckToRead(DbConnection connection, string location) => Check(connection, location, Oldest);

    private static void Check(DbConnection connection, string location, int oldest)
    {
        if (!Exists(connection)) throw new JournalCorruptException(location, null, null, "the database holds no journal");
        var version = ReadVersion(connection);
        if (version > Version)
        {
            throw new JournalCorruptException(
                location,
                null,
                null,
                $"its schema has version {version}, of a newer program; this one knows those up to {Version}: use the newer one");
        }
        if (version < oldest)
        {
            throw new JournalCorruptException(
                location, null, null, $"its schema has version {version}; this program expects version {Version}");
        }
        // An unlogged table would be emptied by a crash of the server.
        string[] expectedTables = version == Oldest ? s_tables : [.. s_tables, .. s_tablesOfFences];
        var tables = connection.ReadList(
            "SELECT relname FROM pg_class JOIN unnest(@tables) AS name ON oid = to_regclass(name) WHERE relpersistence = 'p'",
            row => row.GetString(0),
            ("@tables", expectedTables));
        if (expectedTables.Except(tables).FirstOrDefault() is { } table)
            throw new JournalCorruptException(location, null, null, $"its table {table} is missing or not kept over a crash");
        string[] expectedTriggers = version == Oldest ? s_triggers : [.. s_triggers, .. s_triggersOfFences];
        var triggers = connection.ReadList(
            """
            SELECT tgname FROM pg_trigger
            WHERE tgrelid IN ('journal'::regclass, 'journal_end'::regclass, 'snapshot'::regclass) AND tgenabled IN ('O', 'A')
            """,
            row => row.GetString(0));
        if (expectedTriggers.Except(triggers).FirstOrDefault() is { } trigger)
            throw new JournalCorruptException(location, null, null, $"its trigger {trigger} is missing or disabled");
    }

    private static bool Exists(DbConnection connection) => connection.ReadScalar("SELECT to_regclass('journal_schema')::text") is string;

    private static int ReadVersion(DbConnection connection) => (int)connection.ReadLong("SELECT max(version) FROM journal_schema");
}
