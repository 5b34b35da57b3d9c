using System.Text.Json;
using Akka.Actor;
using Sweeps.Actors.Cluster.Nodes;
using Sweeps.Actors.Streams;

namespace Sweeps.Simulator.Cluster;

/// <summary>
/// Between nodes: what is said goes as bytes, and is lost, repeated, late, or cut off. An actor of another node is a stand-in here, which
/// stops when the node is known to be gone.
/// </summary>
internal sealed class Network(World world, ClusterFaults faults, Chance chance)
{
    private readonly Dictionary<(int At, IActorRef Target), IActorRef> _standIns = [];
    private readonly HashSet<(string From, string To)> _blocked = [];

    /// <summary>Cuts what one node says to another, or mends it.</summary>
    public void Block(string from, string to, bool isBlocked)
    {
        if (isBlocked) _blocked.Add((from, to));
        else _blocked.Remove((from, to));
    }

    /// <summary>Whether two nodes hear each other.</summary>
    public bool IsOpen(string one, string other) => !_blocked.Contains((one, other)) && !_blocked.Contains((other, one));

    /// <summary>Who stands at a node for an actor of another.</summary>
    public IActorRef StandIn(SimulatedNode at, SimulatedNode of, IActorRef target)
    {
        if (_standIns.TryGetValue((at.Number, target), out var known)) return known;
        var name = $"{of.Name}-{of.Number}~{_standIns.Count}";
        var actor = at.System.ActorOf(ActorProps.Of(() => new Standing(this, at, of, target)), name);
        at.StandIns.Add((of.Number, actor));
        return _standIns[(at.Number, target)] = actor;
    }

    /// <summary>Says something, if the network lets it through.</summary>
    public void Send(SimulatedNode from, SimulatedNode to, IActorRef target, object message, IActorRef sender)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(message, message.GetType(), NodeProtocol.Json);
        var (lost, twice) = (chance.Happens(faults.Loss), chance.Happens(faults.Repeats));
        if (_blocked.Contains((from.Name, to.Name)) || (lost && world.HasFaults)) return;
        Deliver();
        if (twice && world.HasFaults) Deliver();

        void Deliver() => world.After(chance.Between(0, faults.Delay), () =>
        {
            if (to.IsGone || from.Number == 0) return;
            var read = JsonSerializer.Deserialize(bytes, message.GetType(), NodeProtocol.Json)!;
            target.Tell(read, StandIn(to, from, sender));
        });
    }

    private sealed class Standing(Network network, SimulatedNode at, SimulatedNode of, IActorRef target) : UntypedActor
    {
        protected override void OnReceive(object message) => network.Send(at, of, target, message, Sender);
    }
}
