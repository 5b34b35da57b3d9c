using Npgsql;
using Sweeps.Actors.Cluster.Leases;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Journal.Sql;
using Sweeps.Actors.Tests.Cluster.Leases;
using static Sweeps.Actors.Tests.Cluster.Leases.LeaseDatabase;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>
/// Who may write to the journal of a cluster, whatever has become of the others: through real persistent actors, on a real server.
/// </summary>
public sealed class ClusterJournalTests : JournalTests
{
    private const string Insert = """
        INSERT INTO journal (deleted, persistence_id, sequence_number, created, message, identifier, manifest, writer_uuid)
        VALUES (false, 'run-1/sweep', 1, 0, '\x00', 7701, 'said/1', 'raw')
        """;

    private const string AllowsAll = """
        CREATE OR REPLACE FUNCTION journal_refusal(of_run text, mine text, number bigint)
        RETURNS text LANGUAGE sql AS 'SELECT NULL::text'
        """;

    private readonly LeaseDatabase _database = new();

    protected override JournalStore Store => new JournalStore.PostgreSql(_database.Connection, "run-1");

    [Fact]
    public async Task The_holder_of_the_lease_writes_recovers_and_takes_snapshots_in_several_runs()
    {
        await using (var node = await ClusterNode.LeadAsync(_database, "a"))
        {
            var second = node.Journal.Run("run-2");
            await second.PrepareAsync("a");
            var (sweep, other) = (await node.RecoveredAsync("sweep"), await node.RecoveredAsync("sweep", second));
            await sweep.WriteAsync("a", "b");
            await sweep.SnapshotAsync("a b");
            await Task.WhenAll(sweep.WriteAsync("c"), other.WriteAsync([.. Enumerable.Range(0, 300).Select(i => $"{i}")]));
            Assert.Equal(["a b", "c"], await node.Actor("sweep").Recovered);
            Assert.Equal(300, second.Reader.ReadAll().Count());
            Assert.Equal(["sweep 1 a", "sweep 2 b", "sweep 3 c"], node.Run.Reader.ReadAll().Select(Line));
            node.Run.CheckIntegrity();
        }
        // A process that only reads needs no lease.
        Assert.Equal(["sweep 1 a", "sweep 2 b", "sweep 3 c"], Read());
    }

    [Fact]
    public async Task Connections_go_back_to_their_pool()
    {
        await using var node = await ClusterNode.LeadAsync(_database, "a", ";Maximum Pool Size=4");
        var sweep = await node.RecoveredAsync("sweep");
        for (var i = 1; i <= 20; i++) Assert.Equal(i, await sweep.WriteAsync($"{i}"));
        const string Sessions = """
            SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sweeps coordinator/1' AND datname = current_database()
            """;
        Assert.InRange(_database.Count(Sessions), 1, 4);
    }

    [Fact]
    public async Task A_lapsed_lease_that_nobody_took_does_not_keep_its_holder_from_writing()
    {
        await using var node = await ClusterNode.LeadAsync(_database, "a");
        var sweep = await node.RecoveredAsync("sweep");
        _database.Lapse();
        Assert.Equal(1, await sweep.WriteAsync("a"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(500)]
    public async Task Whoever_was_succeeded_writes_nothing_more_and_is_told_who_has_the_lead(int events)
    {
        await using var old = await ClusterNode.LeadAsync(_database, "node-a");
        var (sweep, search) = (await old.RecoveredAsync("sweep"), await old.RecoveredAsync("search:m/t"));
        await sweep.WriteAsync("a");
        _database.Lapse();
        await using var next = await ClusterNode.LeadAsync(_database, "node-b");
        Assert.Equal((1L, 2L), (old.Number, next.Number));
        // Of streams that the successor has not touched, and, below, of one that it has.
        string[] texts = [.. Enumerable.Range(0, events).Select(i => $"{i}")];
        var refused = await RefusedAsync(old, search, "search:m/t", texts);
        Assert.Contains("this process has lost the lead, which it had with number 1: the lease coordinator is held by node-b until ",
            refused.Message, StringComparison.Ordinal);
        Assert.EndsWith(", with number 2", refused.Message, StringComparison.Ordinal);
        var successor = await next.RecoveredAsync("sweep");
        Assert.Equal(2, await successor.WriteAsync("b"));
        await RefusedAsync(old, sweep, "sweep", texts);
        Assert.Equal(["sweep 1 a", "sweep 2 b"], Read());
        // For ever.
        for (var tries = 0; tries < 3; tries++)
        {
            var again = await old.RecoveredAsync("search:m/t");
            refused = await Assert.ThrowsAsync<FencedException>(() => again.WriteAsync(texts));
            Assert.True(old.Run.IsFinal(refused.InnerException!), "a later try is taken to have a chance");
        }
        Assert.Equal(3, await successor.WriteAsync("c"));
        next.Run.CheckIntegrity();
    }

    [Fact]
    public async Task Whoever_was_succeeded_stores_no_snapshot()
    {
        await using var old = await ClusterNode.LeadAsync(_database, "a");
        var sweep = await old.RecoveredAsync("sweep");
        await sweep.WriteAsync("a");
        _database.Succeed("b");
        await Assert.ThrowsAsync<FencedException>(() => sweep.SnapshotAsync("a"));
        Assert.Equal(0, Count("SELECT count(*) FROM snapshot"));
    }

    [Fact]
    public async Task A_transaction_that_began_before_another_took_over_is_refused_at_its_commit_and_held_up_nobody()
    {
        await using var old = await ClusterNode.LeadAsync(_database, "a");
        // As of a process that was stopped in the middle of a transaction, on a session that nobody can end.
        using var stopped = OpenFenced(old.Number);
        using var transaction = stopped.BeginTransaction();
        Run(stopped, Insert);
        _database.Lapse();
        Assert.Equal(2, await _database.TakeAsync("b"));
        var refused = Assert.Throws<PostgresException>(transaction.Commit);
        Assert.Equal(PostgreSqlSchema.Fenced, refused.SqlState);
        Assert.Equal((0, 0), (Count("SELECT count(*) FROM journal"), Count("SELECT count(*) FROM journal_end")));
    }

    [Fact]
    public async Task What_a_stopped_process_left_open_does_not_keep_its_successor_from_the_same_stream()
    {
        await using var old = await ClusterNode.LeadAsync(_database, "a");
        using var stopped = OpenFenced(old.Number, $"sweeps coordinator/{old.Number}");
        using var transaction = stopped.BeginTransaction();
        Run(stopped, Insert);
        _database.Lapse();
        await using var next = await ClusterNode.LeadAsync(_database, "b");
        Assert.Equal(1, await (await next.RecoveredAsync("sweep")).WriteAsync("by the successor"));
        Assert.Equal(["sweep 1 by the successor"], Read());
        Assert.ThrowsAny<NpgsqlException>(transaction.Commit);
    }

    [Fact]
    public async Task The_server_itself_ends_a_session_that_idles_in_a_transaction()
    {
        await using var node = await ClusterNode.LeadAsync(_database, "a");
        using var connection = OpenFenced(node.Number);
        Assert.Equal("15s", Run(connection, "SHOW idle_in_transaction_session_timeout"));
        Assert.Equal("on", Run(connection, "SHOW synchronous_commit"));
    }

    [Fact]
    public async Task Taking_over_waits_for_a_commit_under_way_and_renewing_does_not()
    {
        await using var old = await ClusterNode.LeadAsync(_database, "a");
        var sweep = await old.RecoveredAsync("sweep");
        Task<long> write;
        Task<LeaseAnswer> taking;
        using (BlockCommits())
        {
            write = sweep.WriteAsync("a");
            await _database.WaitsForLockAsync("COMMIT%");
            Assert.True(await old.RenewAsync());
            Assert.Equal(1, Assert.IsType<LeaseAnswer.Granted>(await old.AcquireAsync()).Fence);
            _database.Lapse();
            taking = _database.Leases.TryAcquireAsync(Lease, "b", Minute);
            await _database.WaitsForLockAsync("UPDATE lease SET owner%");
            Assert.False(taking.IsCompleted);
            Assert.False(write.IsCompleted);
        }
        Assert.Equal(1, await write);
        Assert.Equal(2, Assert.IsType<LeaseAnswer.Granted>(await taking).Fence);
        Assert.Equal(["sweep 1 a"], Read());
        await RefusedAsync(old, sweep, "sweep", "b");
    }

    [Fact]
    public async Task A_renewal_while_another_waits_to_take_over_keeps_the_lease()
    {
        await using var old = await ClusterNode.LeadAsync(_database, "a");
        var sweep = await old.RecoveredAsync("sweep");
        Task<LeaseAnswer> taking;
        using (BlockCommits())
        {
            var write = sweep.WriteAsync("a");
            await _database.WaitsForLockAsync("COMMIT%");
            _database.Lapse();
            taking = _database.Leases.TryAcquireAsync(Lease, "b", Minute);
            await _database.WaitsForLockAsync("UPDATE lease SET owner%");
            Assert.True(await old.RenewAsync());
        }
        Assert.Equal(("a", 1L), Assert.IsType<LeaseAnswer.Held>(await taking) is { } held ? (held.Owner, held.Fence) : default);
        Assert.Equal(2, await sweep.WriteAsync("b"));
    }

    [Fact]
    public async Task Writing_does_not_wait_for_a_renewal_under_way()
    {
        await using var node = await ClusterNode.LeadAsync(_database, "a");
        var sweep = await node.RecoveredAsync("sweep");
        using var renewing = _database.Open();
        using var transaction = renewing.BeginTransaction();
        Run(renewing, "UPDATE lease SET expires = clock_timestamp() + interval '1 minute'");
        Assert.Equal(1, await sweep.WriteAsync("a"));
        transaction.Commit();
        Assert.Equal(2, await sweep.WriteAsync("b"));
    }

    [Fact]
    public async Task A_commit_that_comes_while_another_is_taking_over_waits_and_is_refused()
    {
        await using var old = await ClusterNode.LeadAsync(_database, "a");
        var sweep = await old.RecoveredAsync("sweep");
        using var taking = _database.Open();
        using var transaction = taking.BeginTransaction();
        Run(taking, "UPDATE lease SET owner = 'b', fence = fence + 1");
        var write = sweep.WriteAsync("a");
        await _database.WaitsForLockAsync("COMMIT%");
        Assert.False(write.IsCompleted);
        transaction.Commit();
        await Assert.ThrowsAsync<FencedException>(() => write);
        Assert.Empty(Read());
    }

    /// <summary>What the tests above would not notice would not be guarded: each part is taken away, and the fault is there.</summary>
    [Theory]
    [InlineData("DROP TRIGGER journal_guard ON journal_end")]
    [InlineData(AllowsAll)]
    public async Task Without_the_guard_whoever_was_succeeded_would_write(string mutation)
    {
        await using var old = await ClusterNode.LeadAsync(_database, "a");
        var search = await old.RecoveredAsync("search:m/t");
        _database.Succeed("b");
        _database.Run(mutation);
        Assert.Equal(1, await search.WriteAsync("of nobody who leads"));
    }

    [Fact]
    public async Task Without_the_lock_on_the_lease_taking_over_would_not_wait_for_a_commit_under_way()
    {
        await using var old = await ClusterNode.LeadAsync(_database, "a");
        _database.Run("""
            DO $$ BEGIN
                EXECUTE replace(pg_get_functiondef('journal_refusal'::regproc), 'name = mine FOR KEY SHARE', 'name = mine');
            END $$
            """);
        var sweep = await old.RecoveredAsync("sweep");
        using (BlockCommits())
        {
            _ = sweep.WriteAsync("a");
            await _database.WaitsForLockAsync("COMMIT%");
            _database.Lapse();
            Assert.Equal(2, await _database.TakeAsync("b"));
        }
    }

    [Theory]
    [InlineData("journal_guard ON journal_end")]
    [InlineData("snapshot_guard ON snapshot")]
    public async Task A_database_that_has_lost_its_guard_is_refused(string trigger)
    {
        await using (await ClusterNode.LeadAsync(_database, "a"))
        {
        }
        _database.Run($"DROP TRIGGER {trigger}");
        var fence = new JournalFence(Lease);
        AssertContains("missing or disabled",
            await Assert.ThrowsAsync<JournalCorruptException>(() => ClusterJournal.OpenAsync(_database.Connection, fence)));
        AssertContains("missing or disabled", await Assert.ThrowsAsync<JournalCorruptException>(() => OpenAsync()));
    }

    [Fact]
    public async Task A_process_alone_is_refused_the_run_of_a_cluster_whose_lease_is_held_and_told_who_holds_it()
    {
        await using var node = await ClusterNode.LeadAsync(_database, "node-a");
        var refused = await Assert.ThrowsAsync<JournalLockedException>(() => OpenAsync());
        Assert.Contains("the journal is in use by node-a, which holds the lease coordinator of its cluster until ", refused.Message,
            StringComparison.Ordinal);
        // And so is one that had it open before, or asks nobody.
        Assert.Contains("the run run-1 is the cluster's: the lease coordinator is held by node-a until ",
            Assert.Throws<PostgresException>(() => _database.Run(Insert)).MessageText,
            StringComparison.Ordinal);
        Assert.Equal(1, await (await node.RecoveredAsync("sweep")).WriteAsync("a"));
    }

    [Fact]
    public async Task A_process_alone_takes_the_run_of_a_cluster_whose_lease_nobody_holds_and_the_cluster_then_waits_for_it()
    {
        await using var node = await ClusterNode.LeadAsync(_database, "a");
        var sweep = await node.RecoveredAsync("sweep");
        await sweep.WriteAsync("a");
        _database.Lapse();
        await using (var alone = await OpenAsync())
        {
            Assert.Equal(2, await (await alone.RecoveredAsync("sweep")).WriteAsync("b"));
            // The cluster's, whose lease lapsed and is its own again: it has lost the run all the same.
            Assert.True(await node.RenewAsync());
            AssertContains($"the run run-1 is that of process {Environment.ProcessId}, not of the cluster",
                await Assert.ThrowsAsync<FencedException>(() => sweep.WriteAsync("x")));
            var refused = await Assert.ThrowsAsync<JournalLockedException>(() => node.Run.PrepareAsync("a"));
            Assert.Equal($"process {Environment.ProcessId}", refused.Owner);
        }
        await node.Run.PrepareAsync("a", mustExist: true);
        Assert.Equal(3, await (await node.RecoveredAsync("sweep")).WriteAsync("c"));
        Assert.Equal(["sweep 1 a", "sweep 2 b", "sweep 3 c"], Read());
    }

    [Fact]
    public async Task A_process_alone_that_lost_its_lock_with_its_connection_is_refused_once_a_cluster_has_taken_the_run()
    {
        await using var alone = await OpenAsync();
        var sweep = await alone.RecoveredAsync("sweep");
        await sweep.WriteAsync("a");
        _database.Run("SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'");
        await using var node = await ClusterNode.LeadAsync(_database, "node-a");
        AssertContains("the run run-1 is the cluster's: the lease coordinator is held by node-a",
            await Assert.ThrowsAsync<FencedException>(() => sweep.WriteAsync("x")));
        Assert.Equal(["a"], await node.Actor("sweep").Recovered);
    }

    [Fact]
    public async Task A_cluster_does_not_take_the_run_of_another_that_is_led()
    {
        await using var first = await ClusterNode.LeadAsync(_database, "a");
        await using var second = await ClusterNode.StartAsync(_database, "b", "others");
        AssertContains("a, which holds the lease coordinator", await Assert.ThrowsAsync<JournalLockedException>(second.LeadAsync));
        _database.Lapse();
        await second.Run.PrepareAsync("b");
        AssertContains("the lease others is held by b", await Assert.ThrowsAsync<FencedException>(
            async () => await (await first.RecoveredAsync("sweep")).WriteAsync("x")));
    }

    [Fact]
    public async Task Nobody_writes_or_takes_a_run_before_having_had_the_lease()
    {
        await using var node = await ClusterNode.StartAsync(_database, "a");
        const string Reason = "this process has not had the lease 'coordinator'";
        AssertContains(Reason, await Assert.ThrowsAsync<InvalidOperationException>(() => node.Run.PrepareAsync("a")));
        var failed = await Assert.ThrowsAnyAsync<Exception>(() => node.Actor("sweep").Recovered);
        Assert.Contains(Reason, failed.ToString(), StringComparison.Ordinal);
        // It goes on as soon as it has it.
        await node.LeadAsync();
        Assert.Equal(1, await (await node.RecoveredAsync("sweep")).WriteAsync("a"));
    }

    [Fact]
    public async Task A_run_is_not_taken_with_a_number_that_is_not_valid_any_more()
    {
        await using var old = await ClusterNode.LeadAsync(_database, "a");
        _database.Lapse();
        await _database.TakeAsync("b");
        AssertContains("held by b", await Assert.ThrowsAsync<FencedException>(() => old.Run.PrepareAsync("a")));
        AssertContains("held by b", await Assert.ThrowsAsync<FencedException>(() => old.Journal.Run("new").PrepareAsync("a")));
        Assert.Throws<FileNotFoundException>(() => old.Journal.Run("new").Reader.Streams());
    }

    [Fact]
    public async Task A_run_that_has_vanished_is_not_begun_anew_in_silence()
    {
        await using var node = await ClusterNode.LeadAsync(_database, "a");
        AssertContains("restore it", await Assert.ThrowsAsync<JournalCorruptException>(
            () => node.Journal.Run("gone").PrepareAsync("a", mustExist: true)));
    }

    [Fact]
    public async Task A_restart_of_the_server_leaves_the_lead_where_it_was()
    {
        using var server = new PostgresServer();
        var database = new LeaseDatabase(server);
        await using var node = await ClusterNode.LeadAsync(database, "a");
        var sweep = await node.RecoveredAsync("sweep");
        await sweep.WriteAsync("a");
        server.Stop();
        Assert.IsNotType<FencedException>(await Assert.ThrowsAsync<JournalException>(() => sweep.WriteAsync("b")));
        server.Start();
        Assert.True(await node.RenewAsync());
        var again = node.Actor("sweep");
        Assert.Equal(["a"], await again.Recovered);
        Assert.Equal(2, await again.WriteAsync("b"));
        database.Succeed("b");
        await Assert.ThrowsAsync<FencedException>(() => again.WriteAsync("x"));
    }

    [Fact]
    public void A_process_has_one_number_in_its_life()
    {
        var fence = new JournalFence(Lease);
        Assert.False(fence.IsSet);
        fence.Set(3);
        fence.Set(3);
        Assert.Equal(3, fence.Number);
        AssertContains("it must start again", Assert.Throws<InvalidOperationException>(() => fence.Set(4)));
        Assert.Throws<ArgumentException>(() => new JournalFence("a lease"));
    }

    /// <summary>
    /// The refusal of a write. Whoever takes over ends the sessions of the one before: each of the pool's may first have to be found dead.
    /// </summary>
    private static async Task<FencedException> RefusedAsync(ClusterNode node, TestStream actor, string stream, params string[] texts)
    {
        for (var tries = 0; ; tries++)
        {
            var failed = await Assert.ThrowsAnyAsync<JournalException>(() => actor.WriteAsync(texts));
            if (failed is FencedException fenced) return fenced;
            Assert.True(failed.InnerException is NpgsqlException { IsTransient: true } && tries < 10, failed.ToString());
            actor = node.Actor(stream);
            while (await Record.ExceptionAsync(() => actor.Recovered) is JournalException && tries++ < 10) actor = node.Actor(stream);
        }
    }

    /// <summary>A session of the holder with that number; its own name is that of nobody's unless it is given.</summary>
    private NpgsqlConnection OpenFenced(long number, string name = "somebody's")
    {
        var builder = new NpgsqlConnectionStringBuilder(
            PostgreSqlConnection.Fenced(new NpgsqlConnectionStringBuilder(_database.Connection), Lease, number))
        {
            ApplicationName = name,
            Pooling = false,
        };
        var connection = new NpgsqlConnection(builder.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>Lets every commit of events wait, after it was found to be allowed, until this is disposed.</summary>
    private Blocked BlockCommits()
    {
        _database.Run("""
            CREATE FUNCTION test_blocked() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER test_blocked AFTER INSERT OR UPDATE ON journal_end
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION test_blocked();
            """);
        var connection = _database.Open();
        Run(connection, "SELECT pg_advisory_lock(1)");
        return new Blocked(connection);
    }

    private sealed class Blocked(NpgsqlConnection connection) : IDisposable
    {
        public void Dispose() => connection.Dispose();
    }
}
