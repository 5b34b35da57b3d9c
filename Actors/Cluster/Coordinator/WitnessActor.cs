using Akka.Actor;
using Sweeps.Actors.Cluster.Nodes;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>To an orchestrator node, from the one that coordinates and does not reach the database: do you?</summary>
/// <param name="Term">of the one that asks</param>
internal sealed record DatabaseAsked(long Term) : INodeMessage;

/// <summary>The answer, by a node that has just read it; one that has not gives none.</summary>
/// <param name="Term">as it was asked</param>
/// <param name="Node">who has read it</param>
internal sealed record DatabaseSeen(long Term, string Node) : INodeMessage;

/// <summary>Says whether this node reaches the database, so that one that does not can let another coordinate.</summary>
/// <param name="node">this node's name</param>
/// <param name="read">reads anything of the database; faulted when that is away</param>
internal sealed class WitnessActor(string node, Func<Task> read) : UntypedActor
{
    /// <summary>The actor's name, on every orchestrator node.</summary>
    public const string Name = "witness";

    public static Props Props(string node, Func<Task> read) => ActorProps.Of(() => new WitnessActor(node, read));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DatabaseAsked m:
                var asker = Sender;
                read().PipeTo(Self, success: () => new Read(asker, m.Term), failure: _ => new Unread());
                break;
            case Read m: m.Asker.Tell(new DatabaseSeen(m.Term, node)); break;
            case Unread: break;
            default: Unhandled(message); break;
        }
    }

    private sealed record Read(IActorRef Asker, long Term);

    private sealed record Unread;
}
