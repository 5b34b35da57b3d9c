using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Sweeps.Actors.Streams;

/// <summary>
/// An actor whose state is the sum of its events: recovers, decides on commands, lets its stream store the events, applies them, and only
/// then reacts. What it decides and
/// what events do to its state are pure functions of the domain.
/// </summary>
/// <remarks>
/// While events are being stored other messages wait, in order. A command that is given meanwhile, by a reaction, is decided on when those
/// before it are applied.
/// </remarks>
internal abstract class AggregateActor<TState, TCommand, TEvent> : UntypedActor, IWithStash, IWithTimers
    where TState : class
    where TCommand : class
    where TEvent : class
{
    // Smaller streams are replayed in no time.
    private const long FirstSnapshot = 1000;

    private readonly Queue<Step> _steps = new();
    private readonly EventRegistry _registry;
    private readonly string _entity;
    private readonly Func<TState, TCommand, Decision<TEvent>> _decide;
    private readonly Func<TState, TEvent, TState> _apply;
    private IActorRef _stream = ActorRefs.Nobody;
    private Step? _writing;
    private bool _recovered, _executing;
    private long _length, _inSnapshot;

    protected AggregateActor(
        EventRegistry registry, string entity, TState initial, Func<TState, TCommand, Decision<TEvent>> decide,
        Func<TState, TEvent, TState> apply)
    {
        (_registry, _entity, State, _decide, _apply) = (registry, entity, initial, decide, apply);
        Log = Context.GetLogger();
    }

    /// <inheritdoc/>
    public IStash Stash { get; set; } = null!;

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The sum of the events that are stored.</summary>
    protected TState State { get; private set; }

    protected ILoggingAdapter Log { get; }

    /// <summary>Returns the actor of the stream that this entity's events are in; called once, at the start.</summary>
    protected abstract IActorRef OpenStream();

    /// <summary>Called once all stored events are applied, before the first message: the place to take up unfinished work.</summary>
    protected abstract void Recovered();

    /// <summary>Handles a message when nothing is being stored.</summary>
    protected abstract void Handle(object message);

    /// <summary>Acts on one event, which is stored; <see cref="State"/> is the state after it.</summary>
    protected virtual void React(TEvent happened)
    {
    }

    /// <summary>Called when a command's events, if any, are stored, applied and reacted to.</summary>
    /// <param name="commands">given together</param>
    /// <param name="reply">the decision on the last of them</param>
    /// <param name="events">of all of them, in order</param>
    /// <param name="sender">of the message that led to them</param>
    protected virtual void Executed(ImmutableArray<TCommand> commands, Reply reply, ImmutableArray<TEvent> events, IActorRef sender)
    {
    }

    /// <summary>Returns the storable form of a state, for an owner of a stream that takes snapshots; null otherwise.</summary>
    protected virtual object? Snapshot(TState state) => null;

    /// <summary>Decides on commands one after the other and stores all their events together, then applies them.</summary>
    protected void Execute(params ImmutableArray<TCommand> commands)
    {
        _steps.Enqueue(new Step(commands, Sender));
        Decide();
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _stream = OpenStream();
        _stream.Tell(new ReadEntity(_entity));
    }

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => Supervision.Escalate;

    /// <inheritdoc/>
    protected sealed override void OnReceive(object message)
    {
        switch (message)
        {
            case EntityRead m when !_recovered: Recover(m); break;
            case EventsAppended m when _writing is { } step: Apply(step, m); break;
            case not null when !_recovered || _writing is not null: Stash.Stash(); return;
            default: Handle(message!); break;
        }
        // One at a time: what is behind it is still in order.
        if (_recovered && _writing is null) Stash.Unstash();
    }

    private void Recover(EntityRead read)
    {
        (_recovered, _length, _inSnapshot) = (true, read.Length, read.InSnapshot);
        State = read.Events.Aggregate((TState?)read.State ?? State, (state, e) => _apply(state, (TEvent)e));
        Recovered();
    }

    private void Decide()
    {
        if (_executing || _writing is not null) return;
        _executing = true;
        try
        {
            while (_writing is null && _steps.TryDequeue(out var step))
            {
                Decide(step);
                if (step.Events.Count > 0) Write(step);
                else Executed(step.Commands, step.Reply, [], step.Sender);
            }
        }
        finally
        {
            _executing = false;
        }
    }

    private void Decide(Step step)
    {
        var state = State;
        foreach (var command in step.Commands)
        {
            var (reply, events) = _decide(state, command);
            step.Reply = reply;
            foreach (var happened in events) step.Events.Add((happened, state = _apply(state, happened)));
        }
    }

    private void Write(Step step)
    {
        _writing = step;
        ImmutableArray<object> events = [.. step.Events.Select(e => (object)e.Event)];
        _stream.Tell(
            new AppendEvents(_entity, events, [.. events.Select(e => _registry.Serialize(e))], DueSnapshot(step.Events[^1].After)));
    }

    /// <summary>
    /// A snapshot holds the whole state, so that one after each so many events would write the square of the stream. Each comes when there
    /// are half as many events again as the
    /// last one replaces: all of them together cost as much as the largest three times over, and a recovery replays at most a third of the
    /// stream.
    /// </summary>
    private Func<SerializedEvent>? DueSnapshot(TState after)
    {
        if (_length < Math.Max(FirstSnapshot, _inSnapshot / 2 * 3) || Snapshot(after) is not { } snapshot) return null;
        _inSnapshot = _length;
        return () => _registry.Serialize(snapshot, large: true);
    }

    private void Apply(Step step, EventsAppended appended)
    {
        _length = appended.Length;
        _executing = true;
        try
        {
            foreach (var (happened, after) in step.Events)
            {
                State = after;
                React(happened);
            }
            _writing = null;
            Executed(step.Commands, step.Reply, [.. step.Events.Select(e => e.Event)], step.Sender);
        }
        finally
        {
            _executing = false;
        }
        Decide();
    }

    private sealed class Step(ImmutableArray<TCommand> commands, IActorRef sender)
    {
        public ImmutableArray<TCommand> Commands { get; } = commands;

        public IActorRef Sender { get; } = sender;

        public List<(TEvent Event, TState After)> Events { get; } = [];

        public Reply Reply { get; set; } = new Reply.AlreadyDone();
    }
}
