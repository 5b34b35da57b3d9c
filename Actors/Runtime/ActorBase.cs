namespace Sweeps.Actors.Runtime;

/// <summary>
/// An actor: state that only its own handler touches, one message at a time. Make it with <see cref="Props"/>, never with new.
/// </summary>
/// <remarks>
/// Handlers are synchronous. Slow or asynchronous work is started as a task whose outcome is piped to self; nothing of the
/// actor may be touched from that task, and what it needs (Sender, Self) is read before it starts.
/// </remarks>
public abstract class ActorBase
{
    private readonly ActorCell _cell;

    /// <summary>Binds the actor to its place; Context may be used from the constructor on.</summary>
    /// <exception cref="InvalidOperationException">made with new instead of through Props</exception>
    protected ActorBase()
    {
        _cell = ActorCell.TakeCellForNewActor()
                ?? throw new InvalidOperationException($"{GetType().Name} was made with new: an actor is made by ActorOf(Props.Create(() => new ...))");
        Self = _cell.Self;
        Log = new ActorLog(_cell.System.EventStream, _cell.Path);
    }

    /// <summary>The actor's own reference; may be handed to other threads.</summary>
    protected IActorRef Self { get; }

    /// <summary>Publishes log events in the name of this actor; may be used from other threads.</summary>
    protected ActorLog Log { get; }

    /// <summary>What the actor may do with its surroundings.</summary>
    /// <exception cref="InvalidOperationException">used outside of the actor's turn, e.g. in the continuation of a task</exception>
    protected IActorContext Context => _cell.CheckTurn();

    /// <summary>The sender of the current message; dead letters when there is none.</summary>
    protected IActorRef Sender => _cell.CheckTurn().Sender;

    /// <summary>Messages to self later.</summary>
    protected ITimerScheduler Timers => _cell.CheckTurn().Timers;

    /// <summary>Messages put aside.</summary>
    protected IStash Stash => _cell.CheckTurn().Stash;

    /// <summary>How failures of the children are dealt with.</summary>
    protected internal virtual OneForOneStrategy SupervisorStrategy => OneForOneStrategy.Default;

    internal ActorCell Cell => _cell;

    /// <summary>Handles one message; one switch whose default arm calls <see cref="Unhandled"/>.</summary>
    protected internal abstract void OnReceive(object message);

    /// <summary>Called before the first message, of the first incarnation only unless <see cref="PostRestart"/> is overridden.</summary>
    protected internal virtual void PreStart()
    {
    }

    /// <summary>Called when the actor has stopped, after its children have.</summary>
    protected internal virtual void PostStop()
    {
    }

    /// <summary>Called on the failed incarnation before a restart; calls <see cref="PostStop"/>. The children are stopped after it.</summary>
    /// <param name="reason">the failure</param>
    /// <param name="message">the message being handled then; it is not delivered again</param>
    protected internal virtual void PreRestart(Exception reason, object? message) => PostStop();

    /// <summary>Called on the new incarnation after a restart; calls <see cref="PreStart"/>.</summary>
    protected internal virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>Reports a message that the actor has no case for; an unhandled <see cref="Terminated"/> fails the actor.</summary>
    /// <exception cref="DeathPactException">the message is a <see cref="Terminated"/></exception>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated) throw new DeathPactException(terminated.ActorRef);
        _cell.System.EventStream.Publish(new UnhandledMessage(message, _cell.CurrentMessage.Sender, Self));
    }

    /// <summary>Runs after PreStart or PostRestart, and cannot be forgotten in an override as those can.</summary>
    internal virtual void OnStarted()
    {
    }

    /// <summary>Runs one message through the current behaviour.</summary>
    internal virtual void AroundReceive(Action<object> behaviour, object message) => behaviour(message);

    /// <summary>The task that the mailbox was held for is done.</summary>
    internal virtual void OnHeldTaskCompleted(Task task) => throw new InvalidOperationException($"{GetType().Name} holds its mailbox for no task");

    /// <summary>False when the failure left the state torn, so that going on with it would be wrong: Resume is then taken as Restart.</summary>
    internal virtual bool CanResume => true;
}
