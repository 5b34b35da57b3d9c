using Akka.Actor;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>Gives a sweep one command, and passes its reply on to whoever asked, who may be on another node.</summary>
internal sealed class CommandActor(IActorRef sweep, SweepCommand command, IActorRef asker) : UntypedActor
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    /// <summary>Returns how to make the actor; it stops by itself.</summary>
    public static Props Props(IActorRef sweep, SweepCommand command, IActorRef asker) =>
        ActorProps.Of(() => new CommandActor(sweep, command, asker));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        sweep.Tell(command);
        Context.SetReceiveTimeout(_patience);
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Reply m: asker.Tell(ClusterAnswer.Of(m)); break;
            case ReceiveTimeout:
                asker.Tell(ClusterAnswer.Of(new Reply.Refused($"the sweep gave no answer within {_patience.TotalSeconds:F0} seconds")));
                break;
            default:
                Unhandled(message);
                return;
        }
        Context.Stop(Self);
    }
}
