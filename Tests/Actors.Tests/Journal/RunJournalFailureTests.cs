using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Journal.Sql;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>What is synced, who is refused, and what is left of a write that failed.</summary>
public abstract class RunJournalFailureTests : JournalTests
{
    /// <summary>An expression for how the connection that evaluates it commits.</summary>
    protected abstract string Sync { get; }

    protected abstract string Synced { get; }

    [Fact]
    public async Task The_plugins_own_connections_sync_every_commit()
    {
        await using var host = await OpenAsync();
        Change("CREATE TABLE seen (sync TEXT)");
        foreach (var table in (string[])["journal", "snapshot"]) CreateTrigger(table, $"INSERT INTO seen SELECT {Sync}");
        var sweep = await host.RecoveredAsync("sweep");
        await sweep.WriteAsync("one event, inserted alone");
        await sweep.WriteAsync([.. Enumerable.Range(1, 50).Select(i => $"some, inserted by one command {i}")]);
        await sweep.WriteAsync([.. Enumerable.Range(1, 500).Select(i => $"many, inserted in bulk {i}")]);
        await sweep.SnapshotAsync("a snapshot");
        Assert.True(Count("SELECT count(*) FROM seen") >= 4);
        Assert.Equal(0, Count($"SELECT count(*) FROM seen WHERE sync <> '{Synced}'"));
    }

    [Fact]
    public async Task The_second_of_two_writers_of_a_stream_is_refused_and_writes_nothing()
    {
        await using var host = await OpenAsync();
        var (first, second) = (await host.RecoveredAsync("sweep"), await host.RecoveredAsync("sweep"));
        Assert.Equal(2, await first.WriteAsync("a", "b"));
        var refused = await Assert.ThrowsAsync<StreamConflictException>(() => second.WriteAsync("x", "y", "z"));
        Assert.Equal(("sweep", 1L), (refused.Stream, refused.SequenceNr));
        Assert.Equal(3, await first.WriteAsync("c"));
        Assert.Equal(["sweep 1 a", "sweep 2 b", "sweep 3 c"], Read());
        var third = host.Actor("sweep");
        Assert.Equal(["a", "b", "c"], await third.Recovered);
        Assert.Equal(4, await third.WriteAsync("d"));
    }

    /// <summary>
    /// Rows of many actors share a transaction: who stands in it beside a conflict fails too, is told that the fault is another's, has
    /// nothing stored, and goes on after it has recovered.
    /// </summary>
    [Fact]
    public async Task A_conflict_fails_the_strangers_in_its_transaction_whole_and_they_go_on_after_a_recovery()
    {
        const int Strangers = 12;
        await using var host = await OpenAsync("akka.persistence.journal.sql.parallelism = 1");
        var (first, second) = (await host.RecoveredAsync("sweep"), await host.RecoveredAsync("sweep"));
        var strangers = await Task.WhenAll(Enumerable.Range(0, Strangers).Select(i => host.RecoveredAsync($"search:{i}")));
        var before = await host.RecoveredAsync("before");
        await first.WriteAsync("a");
        Task<long> blocked, conflict;
        Task<long>[] writes;
        using (Block())
        {
            // The one that waits for the lock; the others gather behind it and become one transaction.
            blocked = before.WriteAsync("waits");
            await Task.Delay(300);
            writes = [.. strangers.Take(Strangers / 2).Select((actor, i) => actor.WriteAsync($"{i} one", $"{i} two"))];
            conflict = second.WriteAsync("x");
            writes = [.. writes, .. strangers.Skip(Strangers / 2).Select((actor, i) => actor.WriteAsync($"{i} one", $"{i} two"))];
            await Task.Delay(300);
        }
        Assert.Equal(1, await blocked);
        await Assert.ThrowsAsync<StreamConflictException>(() => conflict);
        var failures = 0;
        foreach (var write in writes)
        {
            var e = await Record.ExceptionAsync(() => write);
            if (e is null) continue;
            Assert.Contains("another stream in the same transaction", Assert.IsType<JournalException>(e).Message, StringComparison.Ordinal);
            failures++;
        }
        Assert.True(failures > 0, "no stranger shared the transaction: the test did not show what it should");
        for (var i = 0; i < Strangers; i++)
        {
            var again = host.Actor($"search:{i}");
            var recovered = (await again.Recovered).Count;
            Assert.Equal(writes[i].IsFaulted ? 0 : 2, recovered);
            Assert.Equal(recovered + 1, await again.WriteAsync("after"));
        }
        Assert.Equal(["sweep 1 a"], Read("sweep"));
        host.Journal.Reader.CheckIntegrity();
        Assert.Equal((2 * (Strangers - failures)) + Strangers + 2, host.Journal.Reader.ReadAll().Count());
    }

    [Fact]
    public async Task A_refused_event_fails_the_whole_write_and_leaves_nothing_behind()
    {
        await using var host = await OpenAsync();
        var sweep = await host.RecoveredAsync("sweep");
        await sweep.WriteAsync("a");
        CreateTrigger("journal", Raise("disk says no"), "NEW.sequence_number = 700");
        var failed = await Assert.ThrowsAsync<JournalException>(() => sweep.WriteAsync([.. Enumerable.Range(2, 2000).Select(i => $"{i}")]));
        Assert.StartsWith(host.Journal.Location, failed.Message, StringComparison.Ordinal);
        Assert.Contains("disk says no", failed.Message, StringComparison.Ordinal);
        var again = host.Actor("sweep");
        Assert.Equal(["a"], await again.Recovered);
        Assert.Equal(301, await again.WriteAsync([.. Enumerable.Range(2, 300).Select(i => $"{i}")]));
        Assert.Equal(301, host.Journal.Reader.ReadAll().Count());
    }

    /// <summary>Keeps every other connection from committing until it is disposed.</summary>
    protected abstract IDisposable Block();

    protected abstract string Raise(string message);

    protected abstract void CreateTrigger(string table, string body, string when = "");

    protected sealed class Blocked(DbConnection connection, DbTransaction transaction) : IDisposable
    {
        public void Dispose()
        {
            transaction.Dispose();
            connection.Dispose();
        }
    }
}

public sealed class SqliteRunJournalFailureTests : RunJournalFailureTests
{
    protected override JournalStore Store => new JournalStore.Sqlite(Path.Combine(Folder, "journal.db"));

    protected override string Sync => "synchronous FROM pragma_synchronous";

    // FULL
    protected override string Synced => "2";

    [Fact]
    public async Task A_full_disk_fails_the_write_and_when_there_is_room_writing_goes_on()
    {
        await using var host = await OpenAsync();
        var sweep = await host.RecoveredAsync("sweep");
        await sweep.WriteAsync("a");
        var pages = LimitPages(host, Count("PRAGMA page_count") + 4);
        var large = Enumerable.Range(0, 100).Select(i => $"{i} {new string('x', 2000)}").ToArray();
        var failed = await Assert.ThrowsAsync<JournalException>(() => sweep.WriteAsync(large));
        Assert.Contains("full", failed.Message, StringComparison.Ordinal);
        var second = host.Actor("sweep");
        Assert.Equal(["a"], await second.Recovered);
        Assert.Equal(2, await second.WriteAsync("there is room for little"));
        await Assert.ThrowsAsync<JournalException>(() => second.WriteAsync(large));
        LimitPages(host, pages);
        var third = host.Actor("sweep");
        Assert.Equal(["a", "there is room for little"], await third.Recovered);
        Assert.Equal(102, await third.WriteAsync(large));
        Assert.Equal(102, host.Journal.Reader.ReadAll().Count());
    }

    [Fact]
    public async Task After_a_failed_write_to_the_disk_nothing_is_written_until_the_journal_is_opened_again()
    {
        await using (var host = await OpenAsync())
        {
            var sweep = await host.RecoveredAsync("sweep");
            await sweep.WriteAsync("a");
            FileDescriptors.MakeReadOnly(Path.Combine(Folder, "journal.db-wal"));
            await Assert.ThrowsAsync<JournalException>(() => sweep.WriteAsync("b"));
            var again = host.Actor("sweep");
            var refused = await Assert.ThrowsAsync<JournalException>(() => again.Recovered);
            Assert.Contains("an earlier write failed", refused.Message, StringComparison.Ordinal);
        }
        await using (var host = await OpenAsync())
        {
            var sweep = host.Actor("sweep");
            Assert.Equal(["a"], await sweep.Recovered);
            Assert.Equal(2, await sweep.WriteAsync("b"));
        }
    }

    protected override IDisposable Block()
    {
        var connection = (SqliteConnection)Connect(Store);
        return new Blocked(connection, connection.BeginTransaction(deferred: false));
    }

    protected override string Raise(string message) => $"SELECT RAISE(ABORT, '{message}')";

    protected override void CreateTrigger(string table, string body, string when = "") => Change(
        $"CREATE TRIGGER test_{table} AFTER INSERT ON {table} {(when.Length > 0 ? $"WHEN {when}" : "")} BEGIN {body}; END");

    /// <summary>
    /// Sets how many pages the file may have, for the plugin's connections: they come from the pool that this one goes back to.
    /// </summary>
    private static long LimitPages(JournalHost host, long pages)
    {
        var ofPlugin = ((SqliteStore)host.Journal.Store).PluginConnection;
        List<SqliteConnection> connections = [];
        var before = 0L;
        // Idle ones first; those beyond are new and come after them.
        for (var i = 0; i < 4; i++)
        {
            connections.Add(new SqliteConnection(ofPlugin));
            connections[i].Open();
            using var command = connections[i].CreateCommand();
            command.CommandText = "PRAGMA max_page_count";
            before = Math.Max(before, Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture));
            command.CommandText = $"PRAGMA max_page_count = {pages}";
            command.ExecuteScalar();
        }
        foreach (var connection in connections) connection.Dispose();
        return before;
    }
}

public sealed class PostgreSqlRunJournalFailureTests : RunJournalFailureTests
{
    private readonly string _database = PostgresServer.Shared.CreateDatabase();

    protected override JournalStore Store => new JournalStore.PostgreSql(_database, "run-1");

    protected override string Sync => "current_setting('synchronous_commit')";

    protected override string Synced => "on";

    [Fact]
    public async Task The_databases_default_does_not_undo_the_sync()
    {
        var name = new Npgsql.NpgsqlConnectionStringBuilder(_database).Database;
        Change($"ALTER DATABASE {name} SET synchronous_commit = off");
        Npgsql.NpgsqlConnection.ClearAllPools();
        await The_plugins_own_connections_sync_every_commit();
    }

    [Fact]
    public async Task Runs_share_a_database_and_do_not_see_each_other()
    {
        await using var host = await OpenAsync();
        await (await host.RecoveredAsync("sweep")).WriteAsync("one");
        foreach (var run in (string[])["run", "run-10", "run-1 "])
        {
            var store = new JournalStore.PostgreSql(_database, run);
            Assert.Throws<FileNotFoundException>(() => new JournalReader(store));
            await using var other = await JournalHost.OpenAsync(store, Path.Combine(Folder, run));
            Assert.Empty(await other.Actor("sweep").Recovered);
            await (await other.RecoveredAsync("sweep")).WriteAsync("other", "events");
            Assert.Equal(["sweep 1 other", "sweep 2 events"], other.Journal.Reader.ReadAll().Select(Line));
        }
        Assert.Equal(["sweep 1 one"], Read());
        Assert.Equal(["sweep"], host.Journal.Reader.Streams());
    }

    [Fact]
    public async Task A_writer_that_was_cut_off_and_comes_back_is_refused()
    {
        // As two nodes of a cluster, of which each believes that it has the run: their folders' locks do not see each other.
        await using var old = await OpenAsync();
        var sweep = await old.RecoveredAsync("sweep");
        await sweep.WriteAsync("a");
        await using var successor = await JournalHost.OpenAsync(Store, Path.Combine(Folder, "another node"));
        var next = successor.Actor("sweep");
        Assert.Equal(["a"], await next.Recovered);
        await next.WriteAsync("b");
        await Assert.ThrowsAsync<StreamConflictException>(() => sweep.WriteAsync("x"));
        Assert.Equal(3, await next.WriteAsync("c"));
        Assert.Equal(["sweep 1 a", "sweep 2 b", "sweep 3 c"], Read());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a\nb")]
    public async Task A_name_that_is_no_runs_is_refused(string run)
        => Assert.Contains("a run's name has", (await Assert.ThrowsAsync<JournalException>(
            () => RunJournal.OpenAsync(new JournalStore.PostgreSql(_database, run), Folder, "test"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("Host=;Pasword=secret")]
    [InlineData("secret")]
    public async Task A_malformed_connection_string_is_refused_without_being_shown(string connection)
    {
        var store = new JournalStore.PostgreSql(connection, "r");
        var refused = await Assert.ThrowsAsync<JournalException>(() => RunJournal.OpenAsync(store, Folder, "test"));
        Assert.Contains("the connection string is malformed", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Folder));
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_a_failure_that_may_pass()
    {
        var nowhere = new JournalStore.PostgreSql($"Host={Folder};Database=x;Username=sweeps;Password=secret", "run-1");
        var refused = await Assert.ThrowsAsync<JournalException>(() => RunJournal.OpenAsync(nowhere, Folder, "test"));
        Assert.StartsWith($"PostgreSQL {Folder}:5432/x, run run-1: ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_of_another_version_and_tables_of_somebody_else_are_refused()
    {
        await using (await OpenAsync())
        {
        }
        Change("UPDATE journal_schema SET version = 9");
        AssertContains("version 9", await Assert.ThrowsAsync<JournalCorruptException>(() => OpenAsync()));
        AssertContains("version 9", Assert.Throws<JournalCorruptException>(() => new JournalReader(Store)));
        Change("DROP TABLE journal_schema");
        Assert.Contains("journal", (await Assert.ThrowsAsync<JournalException>(() => OpenAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_that_a_crash_of_the_server_would_empty_are_refused()
    {
        await using (await OpenAsync())
        {
        }
        Change("ALTER TABLE journal SET UNLOGGED");
        AssertContains("not kept over a crash", await Assert.ThrowsAsync<JournalCorruptException>(() => OpenAsync()));
    }

    [Fact]
    public async Task A_run_that_has_vanished_is_not_begun_anew_in_silence()
    {
        await using (var host = await OpenAsync()) await (await host.RecoveredAsync("sweep")).WriteAsync("a");
        Change("DELETE FROM journal_run");
        AssertContains("restore it", await Assert.ThrowsAsync<JournalCorruptException>(() => OpenAsync()));
    }

    [Fact]
    public async Task A_folder_does_not_get_a_second_journal_of_another_kind()
    {
        await using (await OpenAsync())
        {
        }
        var file = new JournalStore.Sqlite(Path.Combine(Folder, "journal.db"));
        AssertContains("run run-1", await Assert.ThrowsAsync<JournalException>(() => RunJournal.OpenAsync(file, Folder, "test")));
        Assert.False(File.Exists(Path.Combine(Folder, "journal.db")));
    }

    protected override IDisposable Block()
    {
        var connection = Connect(Store);
        var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.CommandText = "LOCK TABLE journal IN SHARE MODE";
        command.ExecuteNonQuery();
        return new Blocked(connection, transaction);
    }

    protected override string Raise(string message) => $"RAISE EXCEPTION '{message}'";

    protected override void CreateTrigger(string table, string body, string when = "") => Change($"""
        CREATE FUNCTION test_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$;
        CREATE TRIGGER test_{table} AFTER INSERT ON {table}
            FOR EACH ROW {(when.Length > 0 ? $"WHEN ({when})" : "")} EXECUTE FUNCTION test_{table}();
        """);
}
