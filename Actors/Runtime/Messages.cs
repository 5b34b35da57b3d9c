namespace Sweeps.Actors.Runtime;

/// <summary>Sent to those who watch an actor after it has stopped for good (a restart is not a stop).</summary>
/// <param name="ActorRef">the actor that stopped</param>
public sealed record Terminated(IActorRef ActorRef);

/// <summary>Stops the actor when it reaches the head of the mailbox, so that what was sent before is still processed.</summary>
public sealed record PoisonPill
{
    private PoisonPill() { }

    /// <summary>The only instance.</summary>
    public static PoisonPill Instance { get; } = new();
}

/// <summary>Outcomes as messages.</summary>
public static class Status
{
    /// <summary>Something failed: as a reply it faults an Ask; PipeTo sends it unless told otherwise.</summary>
    /// <param name="Cause">what went wrong</param>
    public sealed record Failure(Exception Cause);
}

/// <summary>A message that nobody received, published on the system's event stream.</summary>
/// <param name="Message">what was sent</param>
/// <param name="Sender">who sent it, if known</param>
/// <param name="Recipient">whom it was meant for</param>
public sealed record DeadLetter(object Message, IActorRef? Sender, ActorPath Recipient);

/// <summary>A message whose recipient has no case for it, published on the system's event stream.</summary>
/// <param name="Message">what was sent</param>
/// <param name="Sender">who sent it, if known</param>
/// <param name="Recipient">the actor that did not know it</param>
public sealed record UnhandledMessage(object Message, IActorRef? Sender, IActorRef Recipient);

internal readonly record struct Envelope(object Message, IActorRef? Sender);

/// <summary>Messages of the runtime to itself; they overtake the mailbox and reach a suspended actor too.</summary>
internal abstract record SystemMessage
{
    internal sealed record Create : SystemMessage;

    internal sealed record Resume : SystemMessage;

    internal sealed record Recreate(Exception Cause, TimeSpan Delay) : SystemMessage;

    internal sealed record BackoffOver(long Incarnation) : SystemMessage;

    internal sealed record Terminate : SystemMessage;

    internal sealed record Watch(IInternalActorRef Watcher) : SystemMessage;

    internal sealed record Unwatch(IInternalActorRef Watcher) : SystemMessage;

    internal sealed record Failed(IInternalActorRef Child, Exception Cause) : SystemMessage;

    internal sealed record ChildTerminated(IInternalActorRef Child) : SystemMessage;

    internal sealed record DeathWatchNotification(IInternalActorRef Actor) : SystemMessage;

    /// <summary>The task that an actor held its mailbox for is done; void when the actor has been restarted since.</summary>
    internal sealed record Completed(Task Task, long Incarnation) : SystemMessage;
}
