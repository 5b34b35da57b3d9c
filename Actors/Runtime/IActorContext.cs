namespace Sweeps.Actors.Runtime;

/// <summary>What an actor may do with itself, its children and its neighbours. Only valid on the thread of the actor's current turn.</summary>
public interface IActorContext
{
    /// <summary>The actor's own reference.</summary>
    IActorRef Self { get; }

    /// <summary>The sender of the current message; dead letters when there is none.</summary>
    IActorRef Sender { get; }

    /// <summary>The supervisor.</summary>
    IActorRef Parent { get; }

    /// <summary>The system the actor lives in.</summary>
    ActorSystem System { get; }

    /// <summary>Creates and starts a child; a name is made up when none is given.</summary>
    /// <exception cref="InvalidActorNameException">the name is malformed, or a living child has it</exception>
    /// <exception cref="InvalidOperationException">the actor is stopping</exception>
    IActorRef ActorOf(Props props, string? name = null);

    /// <summary>The living child of that name, or null.</summary>
    IActorRef? Child(string name);

    /// <summary>The living children, in order of creation.</summary>
    IReadOnlyList<IActorRef> GetChildren();

    /// <summary>Stops an actor after its current message, its children first. Stopping a stopped actor does nothing.</summary>
    void Stop(IActorRef actor);

    /// <summary>Asks for <see cref="Terminated"/> when <paramref name="actor"/> stops, at once when it already has.</summary>
    IActorRef Watch(IActorRef actor);

    /// <summary>Takes back <see cref="Watch"/>; a <see cref="Terminated"/> already in the mailbox is not delivered any more.</summary>
    IActorRef Unwatch(IActorRef actor);

    /// <summary>Handles messages with <paramref name="receive"/> from the next one on; lost at a restart.</summary>
    void Become(Action<object> receive);

    /// <summary>Goes back to the actor's own handler.</summary>
    void Unbecome();
}
