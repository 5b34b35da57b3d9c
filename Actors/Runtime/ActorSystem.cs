namespace Sweeps.Actors.Runtime;

/// <summary>What an actor system runs on.</summary>
public sealed record ActorSystemOptions
{
    /// <summary>Chooses what runs next; default: the thread pool.</summary>
    public IDispatcher Dispatcher { get; init; } = new ThreadPoolDispatcher();

    /// <summary>The clock of timers, timeouts and restart windows; default: the machine's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How failures of top-level actors are dealt with; escalation ends the system.</summary>
    public OneForOneStrategy GuardianStrategy { get; init; } = OneForOneStrategy.Default;
}

/// <summary>A tree of actors, with the dispatcher and the clock that they run on. Thread-safe.</summary>
public sealed class ActorSystem
{
    private readonly TaskCompletionSource<Exception?> _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActorCell _guardian;
    private Exception? _failure;
    private long _asks;

    private ActorSystem(string name, ActorSystemOptions options)
    {
        Name = name;
        Dispatcher = options.Dispatcher;
        Time = options.Time;
        DeadLetters = new DeadLetters(this);
        var guardian = Props.Create(() => new Guardian(options.GuardianStrategy));
        _guardian = new ActorCell(this, guardian, ActorPath.User, new Root(this));
        _guardian.SendSystem(new SystemMessage.Create());
    }

    /// <summary>The name given at creation.</summary>
    public string Name { get; }

    /// <summary>The clock of timers, timeouts and restart windows.</summary>
    public TimeProvider Time { get; }

    /// <summary>Log events, dead letters, unhandled messages.</summary>
    public EventStream EventStream { get; } = new();

    /// <summary>Where messages to nobody go.</summary>
    public DeadLetters DeadLetters { get; }

    /// <summary>Done when all actors have stopped: null after an orderly shutdown, else the failure that was escalated to the top.</summary>
    public Task<Exception?> WhenTerminated => _terminated.Task;

    internal IDispatcher Dispatcher { get; }

    /// <summary>A running system without actors.</summary>
    public static ActorSystem Create(string name, ActorSystemOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ActorSystem(name, options ?? new ActorSystemOptions());
    }

    /// <summary>Creates and starts a top-level actor.</summary>
    /// <exception cref="InvalidActorNameException">the name is malformed, or a living top-level actor has it</exception>
    /// <exception cref="InvalidOperationException">the system is terminating</exception>
    public IActorRef ActorOf(Props props, string? name = null) => _guardian.ActorOf(props, name);

    /// <summary>Stops an actor after its current message, its children first.</summary>
    public void Stop(IActorRef actor) => _guardian.Stop(actor);

    /// <summary>Stops all actors, children before parents, each after its current message; done when all have stopped.</summary>
    public Task<Exception?> TerminateAsync()
    {
        _guardian.SendSystem(new SystemMessage.Terminate());
        return WhenTerminated;
    }

    internal ActorPath NextAskPath() => ActorPath.Special($"ask/{Interlocked.Increment(ref _asks)}");

    private void OnGuardianFailed(Exception cause)
    {
        _failure = cause;
        _guardian.SendSystem(new SystemMessage.Terminate());
    }

    private sealed class Guardian(OneForOneStrategy strategy) : ActorBase
    {
        protected internal override OneForOneStrategy SupervisorStrategy => strategy;

        protected internal override void OnReceive(object message) => Unhandled(message);
    }

    /// <summary>The guardian's supervisor: its failure or end is the system's.</summary>
    private sealed class Root(ActorSystem system) : IInternalActorRef
    {
        public ActorPath Path { get; } = ActorPath.Special("");

        public ActorSystem System => system;

        public void Tell(object message, IActorRef? sender) => system.DeadLetters.Publish(message, sender, Path);

        public void SendSystem(SystemMessage message)
        {
            if (message is SystemMessage.Failed failed) system.OnGuardianFailed(failed.Cause);
            else if (message is SystemMessage.ChildTerminated) system._terminated.TrySetResult(system._failure);
        }
    }
}
