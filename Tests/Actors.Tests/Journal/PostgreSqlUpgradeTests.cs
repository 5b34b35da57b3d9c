using Npgsql;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Tests.Cluster.Leases;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>A database whose tables an earlier program made, with a run in it.</summary>
public sealed class PostgreSqlUpgradeTests : JournalTests
{
    private const string TablesOfVersion1 = """
        CREATE TABLE journal_schema (version integer NOT NULL);
        INSERT INTO journal_schema VALUES (1);
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
            identifier      integer NOT NULL CHECK (identifier = 7701),
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
            serializer_id   integer NOT NULL CHECK (serializer_id = 7701),
            snapshot        bytea NOT NULL,
            PRIMARY KEY (persistence_id, sequence_number)
        );
        CREATE FUNCTION snapshot_replaces() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM snapshot WHERE persistence_id = NEW.persistence_id AND sequence_number < NEW.sequence_number;
            RETURN NULL;
        END $$;
        CREATE TRIGGER snapshot_replaces AFTER INSERT ON snapshot FOR EACH ROW EXECUTE FUNCTION snapshot_replaces();
        INSERT INTO journal_run VALUES ('run-1', 'process 1');
        """;

    private readonly LeaseDatabase _database = new();
    private readonly JournalChain _chain = new("test", "sweep");

    public PostgreSqlUpgradeTests()
    {
        _database.Run(TablesOfVersion1);
        InsertAsBefore("a");
        InsertAsBefore("b");
    }

    protected override JournalStore Store => new JournalStore.PostgreSql(_database.Connection, "run-1");

    [Fact]
    public void Reading_an_older_one_changes_nothing()
    {
        Assert.Equal(["sweep 1 a", "sweep 2 b"], Read());
        new JournalReader(Store).CheckIntegrity();
        Assert.Equal(1, Count("SELECT version FROM journal_schema"));
    }

    [Fact]
    public async Task Opening_an_older_one_brings_it_up_to_date_and_its_runs_go_on()
    {
        await using var host = await OpenAsync();
        Assert.Equal(2, Count("SELECT version FROM journal_schema"));
        Assert.Equal(["a", "b"], await host.Actor("sweep").Recovered);
        Assert.Equal(3, await (await host.RecoveredAsync("sweep")).WriteAsync("c"));
        Assert.Equal(["sweep 1 a", "sweep 2 b", "sweep 3 c"], Read());
    }

    [Fact]
    public async Task A_cluster_brings_an_older_one_up_to_date_and_takes_its_runs()
    {
        await using var node = await ClusterNode.LeadAsync(_database, "node-a");
        Assert.Equal(3, await (await node.RecoveredAsync("sweep")).WriteAsync("c"));
        // A program of before that has it open still: it asks nobody, and does not know the lock of those that are alone.
        var refused = Assert.Throws<PostgresException>(() => InsertAsBefore("x", 4));
        Assert.Contains("held by node-a", refused.MessageText, StringComparison.Ordinal);
        Assert.Equal(["sweep 1 a", "sweep 2 b", "sweep 3 c"], Read());
    }

    [Fact]
    public async Task A_program_of_before_that_has_it_open_goes_on_meanwhile()
    {
        await using (await OpenAsync())
        {
        }
        InsertAsBefore("c");
        Assert.Equal(["sweep 1 a", "sweep 2 b", "sweep 3 c"], Read());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Many_that_come_at_once_bring_it_up_to_date_or_make_it_once(bool isOlder)
    {
        var database = isOlder ? _database : new LeaseDatabase();
        var journals = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => ClusterJournal.OpenAsync(database.Connection, new JournalFence(LeaseDatabase.Lease)))));
        foreach (var journal in journals) await journal.DisposeAsync();
        Assert.Equal(2L, database.Count("SELECT sum(version) FROM journal_schema"));
    }

    [Fact]
    public async Task One_of_a_newer_program_is_refused_and_left_alone()
    {
        Change("UPDATE journal_schema SET version = 3");
        const string Newer = "its schema has version 3, of a newer program; this one knows those up to 2: use the newer one";
        AssertContains(Newer, await Assert.ThrowsAsync<JournalCorruptException>(() => OpenAsync()));
        AssertContains(Newer, Assert.Throws<JournalCorruptException>(() => new JournalReader(Store)));
        AssertContains(Newer, await Assert.ThrowsAsync<JournalCorruptException>(() => _database.Leases.PrepareAsync()));
        Assert.Equal(0, Count("SELECT count(*) FROM pg_class WHERE relname = 'lease'"));
    }

    private void InsertAsBefore(string text, long? number = null)
    {
        var record = _chain.Seal("sweep", "before", new SerializedEvent("said", 1, TestStream.Json(text)));
        using var connection = _database.Open();
        using var command = new NpgsqlCommand(
            """
            INSERT INTO journal (deleted, persistence_id, sequence_number, created, message, identifier, manifest, writer_uuid)
            VALUES (false, 'run-1/sweep', @number, 0, @message, 7701, @manifest, 'before')
            """,
            connection);
        command.Parameters.AddWithValue("number", number ?? _chain.Number);
        command.Parameters.AddWithValue("message", record.Bytes.ToArray());
        command.Parameters.AddWithValue("manifest", record.Manifest);
        command.ExecuteNonQuery();
    }
}
