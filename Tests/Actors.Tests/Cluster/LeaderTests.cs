using Akka.Actor;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Cluster.Leases;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;
using Sweeps.Domain.Cluster;
using Sweeps.Simulator.Virtual;

namespace Sweeps.Actors.Tests.Cluster;

/// <summary>Who coordinates a cluster, when the database is away.</summary>
public sealed class LeaderTests
{
    private static readonly TimeSpan _duration = TimeSpan.FromSeconds(10);

    private readonly VirtualProcess _process = new();
    private readonly ScriptedLead _lead = new();
    private readonly List<Exception> _failures = [];
    private bool _witnessReads;

    [Fact]
    public void It_makes_way_once_its_lease_has_lapsed_and_another_node_reaches_the_database()
    {
        Start();
        _witnessReads = true;
        _lead.IsAway = true;
        _process.Advance(_duration * 0.8);
        Assert.Empty(_failures);
        _process.Advance(_duration * 0.4);
        var failure = Assert.IsType<FencedException>(Assert.Single(_failures));
        Assert.Contains("this node does not reach the database, and other does", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_makes_way_when_its_lease_lapses_whatever_it_waits_for_then()
    {
        Start();
        _witnessReads = true;
        _lead.IsAway = true;
        _process.Advance(_duration * 0.8);
        _lead.IsSilent = true;
        _process.Advance(_duration * 0.4);
        Assert.Single(_failures);
    }

    [Fact]
    public void It_goes_on_for_as_long_as_nobody_reaches_the_database()
    {
        Start();
        _lead.IsAway = true;
        _process.Advance(_duration * 100);
        Assert.Empty(_failures);
        (_lead.IsAway, _witnessReads) = (false, true);
        _process.Advance(_duration * 100);
        Assert.Empty(_failures);
    }

    [Fact]
    public void It_goes_on_when_the_database_is_away_for_less_than_the_lease_however_often()
    {
        Start();
        _witnessReads = true;
        for (var i = 0; i < 20; i++)
        {
            _lead.IsAway = i % 2 == 0;
            _process.Advance(_duration * 0.6);
        }
        Assert.Empty(_failures);
    }

    private void Start()
    {
        var disk = new Disk();
        var system = _process.CreateSystem(SimulatedStore.Setup(new Store(disk)));
        system.ActorOf(
            WitnessActor.Props(
                "other", () => _witnessReads ? Task.CompletedTask : Task.FromException(new LeaseUnavailableException("db", "away"))),
            WitnessActor.Name);
        var streams = new StreamSettings(disk.Location, ClusterStream.Registry, stream => stream, "writer");
        var plan = new CoordinatorPlan(new NodeOptions(), "mark", streams, (_, _) => throw new NotSupportedException())
        {
            Witnesses = () => [((ExtendedActorSystem)system).Provider.DefaultAddress],
        };
        system.ActorOf(LeaderActor.Props(plan, _lead, _failures.Add), "leader");
        _process.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _lead.Taken);
    }

    private sealed class ScriptedLead : ILead
    {
        public bool IsAway { get; set; }

        /// <summary>Whether it gives no answer at all.</summary>
        public bool IsSilent { get; set; }

        public int Taken { get; private set; }

        public TimeSpan Pace => _duration / 4;

        public TimeSpan Duration => _duration;

        public Task<Lead?> TryTakeAsync(CancellationToken cancellation) =>
            Task.FromResult<Lead?>(new Lead(++Taken, []));

        public Task<bool> RenewAsync(long term, CancellationToken cancellation) =>
            IsSilent ? new TaskCompletionSource<bool>().Task
            : IsAway ? Task.FromException<bool>(new LeaseUnavailableException("db", "away"))
            : Task.FromResult(true);

        public Task ReleaseAsync(long term, CancellationToken cancellation) => Task.CompletedTask;
    }

    /// <summary>Keeps everything at once.</summary>
    private sealed class Store(Disk disk) : SimulatedStore(disk)
    {
        public override Task WriteAsync(IReadOnlyList<Append> appends)
        {
            Disk.Write(appends);
            Disk.Sync();
            return Task.CompletedTask;
        }

        public override Task<T> ReadAsync<T>(Func<T> read) => Task.FromResult(read());
    }
}
