using Akka.Actor;
using Akka.Configuration;
using Akka.Coordination;
using Sweeps.Actors.Cluster.Leases;
using Sweeps.Actors.Tests.Journal;

namespace Sweeps.Actors.Tests.Cluster.Leases;

/// <summary>What Akka's parts see of a lease in PostgreSQL.</summary>
public sealed class AkkaLeaseTests : IAsyncDisposable
{
    private const string Name = "sweeps-akka-sbr";

    private readonly LeaseDatabase _database = new();
    private readonly List<ActorSystem> _systems = [];

    [Fact]
    public async Task One_owner_has_it_until_it_is_released()
    {
        await _database.Leases.PrepareAsync();
        var (first, second) = (Get("a"), Get("b"));
        Assert.False(first.CheckLease());
        Assert.True(await first.Acquire());
        Assert.True(await first.Acquire());
        Assert.True(first.CheckLease());
        Assert.False(await second.Acquire());
        Assert.False(second.CheckLease());
        Assert.True(await first.Release());
        Assert.False(first.CheckLease());
        Assert.True(await second.Acquire());
        // Not whose it is not.
        Assert.True(await first.Release());
        Assert.True((await _database.Leases.ReadAsync(Name)) is { Owner: "b", IsHeld: true });
    }

    [Fact]
    public async Task It_is_renewed_while_it_is_held_and_not_after()
    {
        await _database.Leases.PrepareAsync();
        var lease = Get("a", "heartbeat-interval = 50ms");
        Assert.True(await lease.Acquire());
        var first = (await _database.Leases.ReadAsync(Name))!.Expires;
        await UntilAsync(async () => (await _database.Leases.ReadAsync(Name))!.Expires > first);
        await _systems[0].Terminate();
        Assert.False(lease.CheckLease());
        var last = (await _database.Leases.ReadAsync(Name))!.Expires;
        await Task.Delay(300);
        Assert.Equal(last, (await _database.Leases.ReadAsync(Name))!.Expires);
    }

    [Fact]
    public async Task Whoever_lost_it_is_told_once()
    {
        await _database.Leases.PrepareAsync();
        var lease = Get("a", "heartbeat-interval = 50ms");
        var lost = new TaskCompletionSource<Exception?>();
        Assert.True(await lease.Acquire(lost.SetResult));
        _database.Succeed("b");
        Assert.Null(await lost.Task.WaitAsync(LeaseDatabase.Patience));
        Assert.False(lease.CheckLease());
    }

    [Fact]
    public async Task When_the_database_is_away_for_longer_than_it_lasts_it_is_lost_and_asking_fails()
    {
        using var server = new PostgresServer();
        var database = new LeaseDatabase(server);
        await database.Leases.PrepareAsync();
        var lease = Get("a", "heartbeat-interval = 100ms, heartbeat-timeout = 2s", database.Leases);
        var lost = new TaskCompletionSource<Exception?>();
        Assert.True(await lease.Acquire(lost.SetResult));
        server.Stop();
        Assert.IsAssignableFrom<LeaseException>(await lost.Task.WaitAsync(LeaseDatabase.Patience));
        Assert.False(lease.CheckLease());
        await Assert.ThrowsAnyAsync<LeaseException>(() => lease.Acquire());
        server.Start();
        Assert.True(await lease.Acquire());
    }

    [Fact]
    public void A_system_without_a_database_for_leases_is_refused()
    {
        var system = ActorSystem.Create("test", Quiet.WithFallback(LeaseSetup.AkkaConfig));
        _systems.Add(system);
        var e = Assert.ThrowsAny<Exception>(() => LeaseProvider.Get(system).GetLease(Name, LeaseSetup.Path, "a"));
        Assert.Contains("needs an actor system that is made with a LeaseSetup", e.ToString(), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var system in _systems) await system.Terminate();
    }

    private static Config Quiet => ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF }");

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < LeaseDatabase.Patience, "it did not happen");
            await Task.Delay(20);
        }
    }

    private Lease Get(string owner, string settings = "", PostgreSqlLeases? leases = null)
    {
        var config = ConfigurationFactory.ParseString($"{LeaseSetup.Path} {{ {settings} }}")
            .WithFallback(Quiet).WithFallback(LeaseSetup.AkkaConfig);
        var setup = BootstrapSetup.Create().WithConfig(config).And(new LeaseSetup(leases ?? _database.Leases, TimeProvider.System));
        var system = ActorSystem.Create("test", setup);
        _systems.Add(system);
        return LeaseProvider.Get(system).GetLease(Name, LeaseSetup.Path, owner);
    }
}
