namespace Sweeps.Actors.Runtime;

/// <summary>A failure that no restart can mend; by default it is escalated until the system ends with it.</summary>
public abstract class FatalActorException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>An actor's constructor, PreStart or PostRestart threw; the cause is the inner exception.</summary>
public sealed class ActorInitializationException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A child's name holds a character that is not allowed, or is taken.</summary>
public sealed class InvalidActorNameException(string message) : Exception(message);

/// <summary>An actor watches another and has no case for its <see cref="Terminated"/>: it fails in its turn.</summary>
public sealed class DeathPactException(IActorRef dead)
    : Exception($"{dead?.Path} was watched and stopped, and {nameof(Terminated)} was not handled")
{
    /// <summary>The actor that stopped.</summary>
    public IActorRef? Dead { get; } = dead;
}

/// <summary>More messages were stashed than the actor's stash may hold.</summary>
public sealed class StashOverflowException(ActorPath actor, int capacity)
    : Exception($"the stash of {actor} is full at {capacity} messages; unstash in time or raise Props.WithStashCapacity")
{
    /// <summary>The bound that was reached.</summary>
    public int Capacity { get; } = capacity;
}

/// <summary>No reply came in time.</summary>
public sealed class AskTimeoutException(ActorPath actor, object message, TimeSpan timeout)
    : TimeoutException($"{actor} did not answer {message?.GetType().Name} within {timeout}")
{
    /// <summary>How long was waited.</summary>
    public TimeSpan Timeout { get; } = timeout;
}
