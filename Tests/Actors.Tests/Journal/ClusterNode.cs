using Akka.Actor;
using Akka.Configuration;
using Sweeps.Actors.Cluster.Leases;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Tests.Cluster.Leases;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>A process of a cluster: a journal and an actor system that writes to it once it leads.</summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    private readonly LeaseDatabase _database;
    private readonly string _name;

    private ClusterNode(LeaseDatabase database, string name, ClusterJournal journal, string more)
    {
        (_database, _name, Journal, Run) = (database, name, journal, journal.Run("run-1"));
        var quiet = ConfigurationFactory.ParseString($"akka {{ loglevel = OFF, stdout-loglevel = OFF }}\n{more}");
        System = ActorSystem.Create(
            "test", BootstrapSetup.Create().WithConfig(quiet.WithFallback(journal.AkkaConfig)).And(journal.AkkaSetup));
    }

    public ActorSystem System { get; }

    public ClusterJournal Journal { get; }

    public ClusterRun Run { get; }

    public long Number => Journal.Fence.Number;

    public static async Task<ClusterNode> StartAsync(
        LeaseDatabase database, string name, string lease = LeaseDatabase.Lease, string connection = "", string more = "")
        => new(database, name, await ClusterJournal.OpenAsync(database.Connection + connection, new JournalFence(lease)), more);

    /// <summary>One that has the lease, which was free or had lapsed, and its run.</summary>
    public static async Task<ClusterNode> LeadAsync(LeaseDatabase database, string name, string connection = "", string more = "")
    {
        var node = await StartAsync(database, name, connection: connection, more: more);
        await node.LeadAsync();
        return node;
    }

    public async Task LeadAsync()
    {
        Journal.Fence.Set(await _database.TakeAsync(_name, Journal.Fence.Lease));
        await Run.PrepareAsync(_name);
    }

    public Task<bool> RenewAsync() => _database.Leases.RenewAsync(Journal.Fence.Lease, _name, Number, LeaseDatabase.Minute);

    public Task<LeaseAnswer> AcquireAsync() => _database.Leases.TryAcquireAsync(Journal.Fence.Lease, _name, LeaseDatabase.Minute);

    public TestStream Actor(string stream, ClusterRun? run = null) => new(System, run ?? Run, stream);

    public async Task<TestStream> RecoveredAsync(string stream, ClusterRun? run = null)
    {
        var actor = Actor(stream, run);
        await actor.Recovered;
        return actor;
    }

    public async ValueTask DisposeAsync()
    {
        await System.Terminate();
        await Journal.DisposeAsync();
    }
}
