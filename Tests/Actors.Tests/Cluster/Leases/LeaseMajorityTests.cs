using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Sweeps.Actors.Cluster.Leases;

namespace Sweeps.Actors.Tests.Cluster.Leases;

/// <summary>
/// Akka's split-brain resolver lease-majority with leases in PostgreSQL: three nodes of a real cluster, of which one is lost.
/// </summary>
public sealed class LeaseMajorityTests : IAsyncDisposable
{
    private const string LeaseName = "sweeps-akka-sbr";

    private readonly LeaseDatabase _database = new();
    private readonly List<ActorSystem> _systems = [];

    [Fact]
    public async Task The_nodes_that_get_the_lease_remove_one_that_is_lost_and_go_on()
    {
        await StartAsync();
        Abort(_systems[0]);
        await UntilAsync(() => Up(_systems[1]) == 2 && Up(_systems[2]) == 2);
        var state = await _database.Leases.ReadAsync(LeaseName);
        Assert.True(state is { IsHeld: true });
        Assert.Contains(state.Owner!, _systems.Skip(1).Select(Owner));
    }

    [Fact]
    public async Task Nodes_that_do_not_get_the_lease_leave_although_they_are_more()
    {
        await StartAsync();
        await _database.TakeAsync("the other side", LeaseName);
        Abort(_systems[0]);
        await UntilAsync(() => _systems.Skip(1).All(system => Akka.Cluster.Cluster.Get(system).IsTerminated));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var system in _systems) await system.Terminate();
    }

    // Without a word to the others, as a process that is killed.
    private static void Abort(ActorSystem system) => ((ExtendedActorSystem)system).Abort();

    private static int Up(ActorSystem system)
        => Akka.Cluster.Cluster.Get(system).State is { Unreachable.IsEmpty: true } state
            ? state.Members.Count(m => m.Status == MemberStatus.Up)
            : 0;

    private static string Owner(ActorSystem system) => Akka.Cluster.Cluster.Get(system).SelfAddress.HostPort();

    private static async Task UntilAsync(Func<bool> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < LeaseDatabase.Patience, "it did not happen");
            await Task.Delay(50);
        }
    }

    private async Task StartAsync()
    {
        await _database.Leases.PrepareAsync();
        var config = ConfigurationFactory.ParseString($$"""
            akka {
              loglevel = OFF, stdout-loglevel = OFF
              actor.provider = cluster
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
              coordinated-shutdown { run-by-clr-shutdown-hook = off, exit-clr = off }
              cluster {
                downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
                run-coordinated-shutdown-when-down = on
                gossip-interval = 200ms
                leader-actions-interval = 200ms
                unreachable-nodes-reaper-interval = 200ms
                failure-detector { heartbeat-interval = 200ms, acceptable-heartbeat-pause = 2s, expected-response-after = 200ms }
                split-brain-resolver {
                  active-strategy = lease-majority
                  stable-after = 1s
                  lease-majority { lease-implementation = "{{LeaseSetup.Path}}", acquire-lease-delay-for-minority = 200ms }
                }
              }
            }
            """).WithFallback(LeaseSetup.AkkaConfig);
        for (var i = 0; i < 3; i++)
        {
            var setup = BootstrapSetup.Create().WithConfig(config).And(new LeaseSetup(_database.Leases, TimeProvider.System));
            _systems.Add(ActorSystem.Create("sweeps", setup));
        }
        var seed = Akka.Cluster.Cluster.Get(_systems[0]).SelfAddress;
        foreach (var system in _systems) await Akka.Cluster.Cluster.Get(system).JoinAsync(seed);
        await UntilAsync(() => _systems.All(system => Up(system) == 3));
    }
}
