using System.Collections.Concurrent;

namespace Sweeps.Actors.Runtime;

/// <summary>
/// One actor's place in the tree: mailbox, current incarnation, children. It outlives restarts and, as a dead cell that passes
/// messages on to the dead letters, the actor itself. This part is the mailbox and the turn.
/// </summary>
/// <remarks>Fields without a lock or Interlocked belong to the turn; the dispatcher runs at most one turn of a cell at a time.</remarks>
internal sealed partial class ActorCell : IActorTurn, IActorContext
{
    [ThreadStatic]
    private static ActorCell? t_current;
    [ThreadStatic]
    private static ActorCell? t_newActor;

    private readonly ConcurrentQueue<SystemMessage> _system = new();
    private readonly ConcurrentQueue<Envelope> _user = new();
    private readonly Props _props;
    private Queue<Envelope> _first = new();
    private int _scheduled;
    private int _waiting;
    private int _turnThread;
    private Envelope _current;

    public ActorCell(ActorSystem system, Props props, ActorPath path, IInternalActorRef parent)
    {
        (System, _props, Path, ParentRef) = (system, props, path, parent);
        Self = new LocalActorRef(this);
        Timers = new TimerScheduler(this);
        Stash = new BoundedStash(this, props.StashCapacity);
    }

    /// <summary>The cell whose turn runs on this thread.</summary>
    public static ActorCell? Current => t_current;

    public ActorSystem System { get; }

    public ActorPath Path { get; }

    public LocalActorRef Self { get; }

    public IInternalActorRef ParentRef { get; }

    public TimerScheduler Timers { get; }

    public BoundedStash Stash { get; }

    public Envelope CurrentMessage
    {
        get => _current;
        set => _current = value;
    }

    public bool CurrentIsStashed { get; private set; }

    public IActorRef Sender => _current.Sender ?? System.DeadLetters;

    IActorRef IActorContext.Self => Self;

    IActorRef IActorContext.Parent => ParentRef;

    /// <summary>The cell for which an actor is being constructed on this thread; given once.</summary>
    public static ActorCell? TakeCellForNewActor()
    {
        var cell = t_newActor;
        t_newActor = null;
        return cell;
    }

    public ActorCell CheckTurn()
        => _turnThread == Environment.CurrentManagedThreadId
            ? this
            : throw new InvalidOperationException($"{Path} was touched outside of its turn: pipe the outcome of a task to self instead");

    public void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (Interlocked.Increment(ref _waiting) > _props.MailboxCapacity)
        {
            Interlocked.Decrement(ref _waiting);
            System.EventStream.Publish(new LogEvent(
                LogLevel.Error, Path, $"the mailbox is full at {_props.MailboxCapacity} messages: {message.GetType().Name} is lost"));
            System.DeadLetters.Publish(message, sender, Path);
            return;
        }
        _user.Enqueue(new Envelope(message, sender));
        Schedule();
    }

    /// <summary>Puts a message of the runtime's own (timer, Terminated) into the mailbox, whatever its length.</summary>
    public void Enqueue(object message)
    {
        Interlocked.Increment(ref _waiting);
        _user.Enqueue(new Envelope(message, Self));
        Schedule();
    }

    public void SendSystem(SystemMessage message)
    {
        _system.Enqueue(message);
        Schedule();
    }

    /// <summary>Puts messages before all others of the mailbox.</summary>
    public void PutFirst(IEnumerable<Envelope> messages) => _first = new Queue<Envelope>([.. messages, .. _first]);

    /// <summary>What counts as received for a watcher is received again after unstashing.</summary>
    public void OnStashed(object message)
    {
        CurrentIsStashed = true;
        if (message is Terminated terminated) _terminatedQueued.Add(terminated.ActorRef);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var outer = t_current;
        t_current = this;
        _turnThread = Environment.CurrentManagedThreadId;
        try
        {
            HandleSystemMessages();
            for (var left = System.Dispatcher.Throughput; left > 0 && TryTakeNext(out var next); left--)
            {
                Receive(next);
                HandleSystemMessages();
            }
        }
        finally
        {
            _turnThread = 0;
            t_current = outer;
            EndTurn();
        }
    }

    private void EndTurn()
    {
        // Both must be read before another thread may start the next turn.
        var acceptsMessages = AcceptsMessages;
        var hasFirst = _first.Count > 0;
        Interlocked.Exchange(ref _scheduled, 0);
        if (!_system.IsEmpty || (acceptsMessages && (hasFirst || !_user.IsEmpty))) Schedule();
    }

    private void Schedule()
    {
        if (Interlocked.CompareExchange(ref _scheduled, 1, 0) == 0) System.Dispatcher.Execute(this);
    }

    private bool TryTakeNext(out Envelope next)
    {
        next = default;
        if (!AcceptsMessages) return false;
        if (_first.TryDequeue(out next)) return true;
        if (!_user.TryDequeue(out next)) return false;
        Interlocked.Decrement(ref _waiting);
        return true;
    }

    private void Receive(Envelope envelope)
    {
        if (_state == CellState.Terminated)
        {
            SendToDeadLetters(envelope);
            return;
        }
        var message = Unwrap(envelope.Message);
        if (message is null) return;
        _current = envelope with { Message = message };
        CurrentIsStashed = false;
        try
        {
            if (message is PoisonPill) BeginTerminate();
            else _actor!.AroundReceive(_behaviour!, message);
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            _current = default;
        }
    }

    /// <summary>Null when a timer was cancelled or a watch taken back while its message waited.</summary>
    private object? Unwrap(object message) => message switch
    {
        TimerTick tick => Timers.Take(tick),
        Terminated terminated => _terminatedQueued.Remove(terminated.ActorRef) ? terminated : null,
        _ => message,
    };

    private void SendToDeadLetters(Envelope envelope)
    {
        // Timers and Terminated are the runtime's own: nobody sent them, so nobody misses them.
        if (envelope.Message is not (TimerTick or Terminated or PoisonPill))
            System.DeadLetters.Publish(envelope.Message, envelope.Sender, Path);
    }
}
