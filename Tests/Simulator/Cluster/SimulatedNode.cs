using Akka.Actor;
using Akka.Event;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Cluster.Nodes;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;
using Sweeps.Domain.Cluster;
using Sweeps.Simulator.Virtual;

namespace Sweeps.Simulator.Cluster;

/// <summary>One life of a node: the real actors of a cluster in a virtual process of their own, in the world's time.</summary>
internal sealed class SimulatedNode : ILife
{
    private readonly World _world;
    private readonly IActorRef _observer;
    private readonly SimulatedDevices? _devices;
    private IActorRef _leader = ActorRefs.Nobody;

    public SimulatedNode(World world, string name, bool hasDevices, int number)
    {
        (_world, Name, Number) = (world, name, number);
        var simulation = world.Simulation;
        Process = new VirtualProcess(Draws("order").Next, world.Now);
        System = Process.CreateSystem(
            SimulatedStore.Setup(new FaultyStore(this, simulation.Disk, simulation.Faults, Draws("journal"), simulation.Mutation)));
        _observer = System.ActorOf(Observer.Props(this), "observer");
        System.EventStream.Subscribe(_observer, typeof(LogEvent));
        System.EventStream.Subscribe(_observer, typeof(UnhandledMessage));
        if (!hasDevices) return;
        _devices = new SimulatedDevices(new Machine(this), simulation.Faults, Draws("devices"))
        {
            BearableSilence = World.Options.BearableSilence,
        };
        var devices = Enumerable.Range(0, simulation.Scenario.Devices)
            .Select(i => new DeviceSpec(NodePlan.DeviceName(name, $"cpu-{i}"), "cpu", 1)).ToList();
        var seeker = System.ActorOf(ActorProps.Of(() => new Seeker(world, this)), "coordinator");
        System.ActorOf(
            NodeActor.Props(new NodePlan(name, devices, _devices, simulation.Scenario.Options, () => World.Mark), seeker, System.ActorOf(
                ActorProps.Of(() => new Listener(this)), "process")), "node");
    }

    public string Name { get; }

    /// <inheritdoc/>
    public int Number { get; }

    public VirtualProcess Process { get; }

    public ActorSystem System { get; }

    /// <summary>The actors here that stand for those of other nodes, with the number of each other node's life.</summary>
    public List<(int Of, IActorRef Actor)> StandIns { get; } = [];

    /// <summary>The number with which it has, or had, the lease; 0 before.</summary>
    public long Term { get; set; }

    /// <summary>Whether it stands still: nothing of it runs, and what it is told waits.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>Whether its life has ended.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Whether the database is out of its reach.</summary>
    public bool IsCut { get; set; }

    /// <summary>By what name it writes to the journal.</summary>
    public string Writer => FormattableString.Invariant($"{Name} life {Number}");

    /// <summary>The actor that takes itself for the cluster's coordinator, or nobody.</summary>
    public IActorRef Leader => _leader;

    /// <summary>The clock of the database that its journal is in.</summary>
    public TimeProvider Time => _world.Clock;

    /// <inheritdoc/>
    public bool IsOver => _world.IsOver || IsGone;

    /// <inheritdoc/>
    public bool HasFaults => _world.HasFaults;

    /// <inheritdoc/>
    public Exception? Refusal => IsCut ? new JournalException("simulated", "the database is out of reach")
        : _world.Simulation.Mutation != Mutation.NoLease && Term != _world.Lease.Fence
            ? new FencedException("simulated", $"the lease is at {_world.Lease.Fence}, and this process has had it at {Term}")
            : null;

    /// <inheritdoc/>
    public void Crash(string where) => End($"{Name} crashed {where}");

    /// <inheritdoc/>
    public void Note(What what, string? process, string? trial, int attempt, string text)
    {
        if (!IsOver) _world.Note(Number, what, process, trial, attempt, text);
    }

    /// <summary>Takes itself for the one that Akka has made the cluster's singleton.</summary>
    public void Lead()
    {
        if (!_leader.IsNobody() || IsOver) return;
        var streams = new StreamSettings("simulated", ClusterStream.Registry, stream => stream, Writer)
        {
            IsFinal = IsFinal,
        };
        var plan = new CoordinatorPlan(_world.Simulation.Scenario.Options, World.Mark, streams, Open)
        {
            Configure = services => services with
            {
                DecideTrial = _world.Simulation.Mutation == Mutation.NoFence ? Unfenced.Decide : services.DecideTrial,
            },
        };
        _leader = System.ActorOf(LeaderActor.Props(plan, _world.Lease.Of(this), cause => _world.After(
            0.1, () => End($"{Name} cannot lead: {cause.Message}"))), "leader");
        Note(What.Fault, null, null, 0, $"{Name} takes itself for the coordinator");
    }

    /// <summary>Asks the cluster, from here.</summary>
    public void Ask(ClusterRequest request) => _leader.Tell(new ClusterQuestion(request), _observer);

    /// <summary>Its process dies; its device processes see the end of their input.</summary>
    public void End(string how)
    {
        if (IsOver) return;
        Note(What.Fault, null, null, 0, how);
        IsGone = true;
        Process.End();
        // What it was committing is committed, or not.
        if (Term > 0 && Term == _world.Lease.Fence) _world.Simulation.Disk.Crash(Draws("crash"));
        _devices?.Orphan();
        _world.OnGone(this);
    }

    /// <summary>What the database answers, a moment later.</summary>
    public Task<T> AskDatabase<T>(Func<T> ask)
    {
        var done = new TaskCompletionSource<T>();
        _world.After(_world.Chance.Between(0, 0.05), () =>
        {
            if (IsGone) return;
            if (IsCut) _world.After(_world.Chance.Between(0.5, 5), () => done.SetException(new JournalException("simulated", "no answer")));
            else done.SetResult(ask());
        });
        return done.Task;
    }

    private static bool IsFinal(Exception cause) => cause is SyncFailedException or FencedException;

    private Task<HostedParts> Open(HostedSweep hosted, CancellationToken cancellation)
    {
        var streams = new StreamSettings("simulated", SweepJournal.Registry, stream => stream, Writer)
        {
            IsFinal = IsFinal,
        };
        return AskDatabase(() => new HostedParts(streams, Observer.Props(this), Observer.Props(this), _ =>
        {
            Note(What.Completed, null, null, 0, "");
            return Task.CompletedTask;
        }));
    }

    private Chance Draws(string of) => new(_world.Simulation.Scenario.Seed, $"cluster {of} {Name} {Number}");

    /// <summary>Where the device processes are: they outlive their node by a little, and do not stand still with it.</summary>
    private sealed class Machine(SimulatedNode node) : ILife
    {
        public int Number => node.Number;

        public TimeProvider Time => node._world.Clock;

        public bool IsOver => node._world.IsOver;

        public bool HasFaults => node.HasFaults;

        public Exception? Refusal => null;

        public void Crash(string where) => throw new NotSupportedException("only a node crashes");

        public void Note(What what, string? process, string? trial, int attempt, string text)
        {
            if (!IsOver) node._world.Note(Number, what, process, trial, attempt, text);
        }
    }

    /// <summary>What a node tells its process.</summary>
    private sealed class Listener(SimulatedNode node) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is NodeBroken broken) node.End($"{node.Name}: no device is left: {broken.Reasons}");
        }
    }

    /// <summary>Passes what is for the coordinator on to whoever takes itself for it, as far as this node sees.</summary>
    private sealed class Seeker(World world, SimulatedNode node) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (world.LeaderSeenBy(node) is { } leader) world.Network.Send(node, leader, leader.Leader, message, Sender);
        }
    }
}
