using Sweeps.Actors.Cluster.Leases;
using Sweeps.Actors.Tests.Journal;
using Sweeps.Tests;
using static Sweeps.Actors.Tests.Cluster.Leases.LeaseDatabase;

namespace Sweeps.Actors.Tests.Cluster.Leases;

/// <summary>Who gets a lease, on a real server.</summary>
public sealed class PostgreSqlLeasesTests
{
    [Fact]
    public async Task The_first_of_two_gets_it_and_the_second_is_told_who_has_it_until_when()
    {
        var database = await CreateAsync();
        var granted = Assert.IsType<LeaseAnswer.Granted>(await database.Leases.TryAcquireAsync(Lease, "a", Minute));
        Assert.Equal(1, granted.Fence);
        Assert.Equal(new LeaseAnswer.Held("a", 1, granted.Until), await database.Leases.TryAcquireAsync(Lease, "b", Minute));
        Assert.Equal(new LeaseState("a", 1, granted.Until, IsHeld: true), await database.Leases.ReadAsync(Lease));
        Assert.Null(await database.Leases.ReadAsync("another"));
        Assert.Equal(1, await database.TakeAsync("b", "another"));
    }

    [Fact]
    public async Task It_lapses_by_the_databases_clock_whatever_the_askers_is()
    {
        var database = await CreateAsync();
        // Clocks of machines may be anything: this one stands still, decades away.
        var leases = new PostgreSqlLeases(database.Connection, new StoppedTime()) { Patience = Patience };
        var granted = Assert.IsType<LeaseAnswer.Granted>(await leases.TryAcquireAsync(Lease, "a", TimeSpan.FromSeconds(1)));
        var left = granted.Until - (DateTime)database.Run("SELECT clock_timestamp()")!;
        Assert.InRange(left, TimeSpan.FromMinutes(-1), TimeSpan.FromSeconds(1));
        database.Run("SELECT pg_sleep_until(expires) FROM lease");
        var state = await leases.ReadAsync(Lease);
        Assert.Equal(("a", 1, false), (state!.Owner, state.Fence, state.IsHeld));
        Assert.Equal(2, Assert.IsType<LeaseAnswer.Granted>(await leases.TryAcquireAsync(Lease, "b", Minute)).Fence);
    }

    [Fact]
    public async Task Its_holder_gets_it_again_with_the_same_number_as_long_as_nobody_else_had_it()
    {
        var database = await CreateAsync();
        Assert.Equal(1, await database.TakeAsync("a"));
        Assert.Equal(1, await database.TakeAsync("a"));
        database.Lapse();
        Assert.Equal(1, await database.TakeAsync("a"));
        Assert.True((await database.Leases.ReadAsync(Lease))!.IsHeld);
        database.Lapse();
        Assert.Equal(2, await database.TakeAsync("b"));
        database.Lapse();
        Assert.Equal(3, await database.TakeAsync("a"));
    }

    [Fact]
    public async Task A_renewal_makes_it_last_longer_also_when_it_had_lapsed_and_nobody_took_it()
    {
        var database = await CreateAsync();
        await database.TakeAsync("a");
        var before = (await database.Leases.ReadAsync(Lease))!.Expires;
        Assert.True(await database.Leases.RenewAsync(Lease, "a", 1, 2 * Minute));
        Assert.True((await database.Leases.ReadAsync(Lease))!.Expires > before + TimeSpan.FromSeconds(30));
        database.Lapse();
        Assert.True(await database.Leases.RenewAsync(Lease, "a", 1, Minute));
        Assert.IsType<LeaseAnswer.Held>(await database.Leases.TryAcquireAsync(Lease, "b", Minute));
    }

    [Fact]
    public async Task It_is_not_renewed_or_released_by_whoever_lost_it_even_when_it_is_won_anew()
    {
        var database = await CreateAsync();
        await database.TakeAsync("a");
        database.Lapse();
        await database.TakeAsync("b");
        Assert.False(await database.Leases.RenewAsync(Lease, "a", 1, Minute));
        Assert.False(await database.Leases.RenewAsync(Lease, "a", 2, Minute));
        Assert.False(await database.Leases.ReleaseAsync(Lease, "a", 1));
        database.Lapse();
        Assert.Equal(3, await database.TakeAsync("a"));
        Assert.False(await database.Leases.RenewAsync(Lease, "a", 1, Minute));
        Assert.False(await database.Leases.RenewAsync("never", "a", 1, Minute));
    }

    [Fact]
    public async Task A_released_one_is_free_at_once_and_its_number_is_not_given_out_again()
    {
        var database = await CreateAsync();
        await database.TakeAsync("a");
        Assert.True(await database.Leases.ReleaseAsync(Lease, "a", 1));
        var state = await database.Leases.ReadAsync(Lease);
        Assert.Equal((null, 1, false), (state!.Owner, state.Fence, state.IsHeld));
        Assert.False(await database.Leases.RenewAsync(Lease, "a", 1, Minute));
        Assert.Equal(2, await database.TakeAsync("a"));
    }

    [Fact]
    public async Task Of_many_that_ask_at_once_one_gets_it_each_time_it_is_free()
    {
        var database = await CreateAsync();
        for (var round = 1; round <= 5; round++)
        {
            var answers = await Task.WhenAll(
                Enumerable.Range(0, 16).Select(i => Task.Run(() => database.Leases.TryAcquireAsync(Lease, $"{round} {i}", Minute))));
            Assert.Equal(round, Assert.Single(answers.OfType<LeaseAnswer.Granted>()).Fence);
            Assert.All(answers, answer => Assert.Equal(round, answer.Fence));
            database.Lapse();
        }
    }

    [Fact]
    public async Task A_restart_of_the_server_in_between_takes_nobodys_lease_away()
    {
        using var server = new PostgresServer();
        var database = new LeaseDatabase(server);
        await database.Leases.PrepareAsync();
        await database.TakeAsync("a");
        server.Stop();
        var away = new PostgreSqlLeases(database.Connection, new ImpatientTime()) { Patience = Patience };
        await Assert.ThrowsAsync<LeaseUnavailableException>(() => away.RenewAsync(Lease, "a", 1, Minute));
        server.Start();
        Assert.True(await database.Leases.RenewAsync(Lease, "a", 1, Minute));
        Assert.IsType<LeaseAnswer.Held>(await database.Leases.TryAcquireAsync(Lease, "b", Minute));
    }

    [Fact]
    public async Task A_connection_that_the_server_ended_is_made_anew_without_anybody_noticing()
    {
        var database = await CreateAsync();
        await database.TakeAsync("a");
        const string End = """
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE application_name = 'sweeps leases' AND datname = current_database()
            """;
        Assert.True(database.Count(End) > 0);
        Assert.True(await database.Leases.RenewAsync(Lease, "a", 1, Minute));
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_given_up_in_time()
    {
        var database = await CreateAsync();
        await database.TakeAsync("a");
        var hasty = new PostgreSqlLeases(database.Connection, TimeProvider.System) { Patience = TimeSpan.FromMilliseconds(300) };
        using var connection = database.Open();
        using var transaction = connection.BeginTransaction();
        Run(connection, "LOCK TABLE lease");
        var e = await Assert.ThrowsAsync<LeaseUnavailableException>(() => hasty.RenewAsync(Lease, "a", 1, Minute));
        Assert.EndsWith("no answer within 0.3 s", e.Message, StringComparison.Ordinal);
        using var stopped = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => database.Leases.ReadAsync(Lease, stopped.Token));
    }

    [Fact]
    public async Task A_database_without_tables_is_a_fault_that_waiting_does_not_mend()
    {
        var e = await Assert.ThrowsAsync<JournalException>(() => new LeaseDatabase().Leases.TryAcquireAsync(Lease, "a", Minute));
        Assert.Contains("\"lease\" does not exist", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("abcdefghijabcdefghijabcdefghijabcdefghijk")]
    public async Task A_name_that_is_no_leases_is_refused(string name)
    {
        var database = new LeaseDatabase();
        var e = await Assert.ThrowsAsync<ArgumentException>(() => database.Leases.TryAcquireAsync(name, "a", Minute));
        Assert.Contains("expected 1 to 40 ASCII letters", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(86_401)]
    public async Task A_lease_for_no_time_or_for_more_than_a_day_is_refused(int seconds)
        => await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => new LeaseDatabase().Leases.TryAcquireAsync(Lease, "a", TimeSpan.FromSeconds(seconds)));

    private sealed class StoppedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;

        public override long GetTimestamp() => 0;
    }
}
