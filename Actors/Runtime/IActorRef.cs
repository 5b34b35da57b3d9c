namespace Sweeps.Actors.Runtime;

/// <summary>The address of one actor. Stays valid over restarts; after a stop, what is sent to it becomes a dead letter.</summary>
/// <remarks>Thread-safe. Two references are equal when they are the same object.</remarks>
public interface IActorRef
{
    /// <summary>Where the actor is in the tree.</summary>
    ActorPath Path { get; }

    /// <summary>Puts <paramref name="message"/> into the actor's mailbox and returns at once.</summary>
    /// <param name="message">an immutable message, never null</param>
    /// <param name="sender">who gets the replies; null for nobody (replies become dead letters)</param>
    void Tell(object message, IActorRef? sender);
}

/// <summary>A reference that the runtime itself knows how to supervise, watch and stop.</summary>
internal interface IInternalActorRef : IActorRef
{
    ActorSystem System { get; }

    void SendSystem(SystemMessage message);
}

/// <summary>Tell without a sender argument, Forward, and the references that stand for nobody.</summary>
public static class ActorRefs
{
    /// <summary>No sender: replies become dead letters.</summary>
    public static readonly IActorRef? NoSender;

    /// <summary>Sends with the actor that is running on this thread as sender, or with none outside of actors.</summary>
    public static void Tell(this IActorRef recipient, object message)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        recipient.Tell(message, ActorCell.Current?.Self);
    }

    /// <summary>Passes a message on with its original sender. Only inside an actor's handler.</summary>
    /// <exception cref="InvalidOperationException">no actor is running on this thread</exception>
    public static void Forward(this IActorRef recipient, object message)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        var cell = ActorCell.Current ?? throw new InvalidOperationException("Forward was called outside of an actor's handler");
        recipient.Tell(message, cell.Sender);
    }

    internal static IInternalActorRef Internal(this IActorRef actor)
        => actor as IInternalActorRef
           ?? throw new ArgumentException($"{actor} was not made by an ActorSystem, so that it cannot be watched, stopped or asked", nameof(actor));
}
