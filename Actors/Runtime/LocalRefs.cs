namespace Sweeps.Actors.Runtime;

/// <summary>The address of an actor in this process.</summary>
internal sealed class LocalActorRef(ActorCell cell) : IInternalActorRef
{
    public ActorPath Path => cell.Path;

    public ActorSystem System => cell.System;

    public void Tell(object message, IActorRef? sender) => cell.Tell(message, sender);

    public void SendSystem(SystemMessage message) => cell.SendSystem(message);

    public override string ToString() => Path.ToString();
}

/// <summary>Counts and publishes what reaches nobody. Telling it directly counts as well: replies to no sender end here.</summary>
public sealed class DeadLetters : IActorRef, IInternalActorRef
{
    private readonly ActorSystem _system;
    private long _count;

    internal DeadLetters(ActorSystem system) => _system = system;

    /// <summary>Dead letters so far.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <inheritdoc/>
    public ActorPath Path { get; } = ActorPath.Special("deadLetters");

    ActorSystem IInternalActorRef.System => _system;

    /// <inheritdoc/>
    public void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        Publish(message, sender, Path);
    }

    /// <inheritdoc/>
    public override string ToString() => Path.ToString();

    void IInternalActorRef.SendSystem(SystemMessage message)
    {
        if (message is SystemMessage.Watch watch) watch.Watcher.SendSystem(new SystemMessage.DeathWatchNotification(this));
    }

    internal void Publish(object message, IActorRef? sender, ActorPath recipient)
    {
        Interlocked.Increment(ref _count);
        _system.EventStream.Publish(new DeadLetter(message, sender, recipient));
    }
}
