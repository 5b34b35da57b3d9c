using System.Runtime.ExceptionServices;
using Sweeps.Actors.Runtime;

namespace Sweeps.Actors.Persistence;

/// <summary>
/// An actor whose state is the sum of its events. It recovers by replaying them before its first command; a command's events
/// are synced to disk before their handlers run, and handlers are where state changes and replies are sent.
/// </summary>
/// <remarks>
/// While events are being written no other command is handled: the mailbox waits. If the write fails, or a handler
/// throws, the actor fails and its supervisor decides; since the state may then differ from the journal, Resume is taken as
/// Restart, which recovers anew. A stop does not wait for a write under way: as after a crash, the event may be in the journal
/// although no handler ran. PreStart runs before recovery.
/// </remarks>
public abstract class PersistentActor : ActorBase
{
    private const int PageSize = 1000;

    private readonly EventStore _store;
    private List<Step> _steps = [];
    private List<Step> _writing = [];
    private Envelope _command;
    private Phase _phase = Phase.Starting;
    private Task _snapshot = Task.CompletedTask;

    /// <summary>An actor whose events are in <paramref name="store"/>.</summary>
    protected PersistentActor(EventStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    private enum Phase
    {
        Starting,
        LoadingSnapshot,
        Replaying,
        Ready,
        Writing,
        Handling,
    }

    /// <summary>The name of the actor's stream; constant, and of no other living actor.</summary>
    public abstract string PersistenceId { get; }

    /// <summary>The number of the last event that the state includes; 0 before the first.</summary>
    protected long LastSequenceNr { get; private set; }

    /// <summary>True until the first command may come.</summary>
    protected bool IsRecovering => _phase < Phase.Ready;

    internal override bool CanResume => _phase == Phase.Ready;

    /// <summary>Handles one command; decides on events and persists them. Does not change state itself.</summary>
    protected abstract void OnCommand(object command);

    /// <summary>Applies an event of the past. Only changes state: no messages, no clock.</summary>
    protected abstract void OnRecover(object persisted);

    /// <summary>Takes over the state of a snapshot.</summary>
    protected virtual void OnSnapshot(object snapshot)
        => throw new InvalidOperationException($"{GetType().Name} has a snapshot and no {nameof(OnSnapshot)}");

    /// <summary>Called once all events are applied, before the first command: the place to take up unfinished work. May persist.</summary>
    protected virtual void OnRecoveryCompleted()
    {
    }

    /// <inheritdoc/>
    protected internal sealed override void OnReceive(object message) => OnCommand(message);

    /// <summary>
    /// Stores <paramref name="persisted"/> and then calls <paramref name="handler"/> with it; the command's Sender is still the
    /// Sender there. All events of one command, and of one round of handlers, are stored together or not at all.
    /// </summary>
    /// <exception cref="InvalidOperationException">called while recovering, or not while handling a command or an event</exception>
    protected void Persist<TEvent>(TEvent persisted, Action<TEvent> handler)
        where TEvent : notnull
        => Add(new Step(persisted, () => handler(persisted)));

    /// <summary>
    /// Stores all of <paramref name="events"/>, calls <paramref name="handler"/> with each in turn and then <paramref name="completed"/>,
    /// which is also called, in its turn, when there are no events.
    /// </summary>
    /// <exception cref="InvalidOperationException">called while recovering, or not while handling a command or an event</exception>
    protected void PersistAll<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler, Action? completed = null)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(events);
        foreach (var persisted in events) Persist(persisted, handler);
        if (completed is not null) Add(new Step(null, completed));
    }

    /// <summary>
    /// Stores <paramref name="state"/>, which must be the state after the last handled event, to shorten later recoveries. Returns at
    /// once; failure is logged and harmless. Does nothing while an earlier snapshot is being stored.
    /// </summary>
    protected void SaveSnapshot(object state)
    {
        if (!_snapshot.IsCompleted || LastSequenceNr == 0) return;
        var log = Log;
        var id = PersistenceId;
        _snapshot = _store.Journal.SaveSnapshotAsync(id, new StoredSnapshot(LastSequenceNr, _store.Registry.Serialize(state, large: true)));
        _ = _snapshot.ContinueWith(
            t => log.Warning($"the snapshot of '{id}' was not stored; recovery will replay more events", t.Exception!.InnerException),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    internal override void OnStarted()
    {
        _phase = Phase.LoadingSnapshot;
        Cell.HoldFor(_store.Journal.LoadSnapshotAsync(PersistenceId));
    }

    internal override void AroundReceive(Action<object> behaviour, object message)
    {
        try
        {
            behaviour(message);
        }
        catch
        {
            // The command failed as a whole: what it meant to persist is not written.
            _steps.Clear();
            throw;
        }
        WriteSteps();
    }

    internal override void OnHeldTaskCompleted(Task task)
    {
        switch (_phase)
        {
            case Phase.LoadingSnapshot: OnSnapshotLoaded((Task<StoredSnapshot?>)task); break;
            case Phase.Replaying: OnPage(Result((Task<JournalPage>)task)); break;
            case Phase.Writing: OnWritten(task); break;
            default: throw new InvalidOperationException($"{GetType().Name} waits for nothing in phase {_phase}");
        }
    }

    private static T Result<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private void OnSnapshotLoaded(Task<StoredSnapshot?> loaded)
    {
        if (ReadSnapshot(loaded) is (var snapshot, var sequenceNr))
        {
            LastSequenceNr = sequenceNr;
            try
            {
                OnSnapshot(snapshot);
            }
            catch (Exception e)
            {
                throw new RecoveryFailedException(_store.Journal.Location, PersistenceId, sequenceNr, "snapshot", e);
            }
        }
        ReadNextPage();
    }

    /// <summary>
    /// The journal is the truth and a snapshot only a shortcut: if it is damaged, or of a shape that this program does not know
    /// any more, the events from the first on give the same state, later. That is worth a warning, not a stop.
    /// </summary>
    private (object State, long SequenceNr)? ReadSnapshot(Task<StoredSnapshot?> loaded)
    {
        try
        {
            return Result(loaded) is { } stored ? (_store.Registry.Deserialize(stored.State), stored.SequenceNr) : null;
        }
        catch (Exception e) when (e is SnapshotUnreadableException or EventSerializationException)
        {
            Log.Warning($"the snapshot of '{PersistenceId}' is unreadable; replaying all events", e);
            return null;
        }
    }

    private void ReadNextPage()
    {
        _phase = Phase.Replaying;
        Cell.HoldFor(_store.Journal.ReadAsync(PersistenceId, LastSequenceNr, PageSize));
    }

    private void OnPage(JournalPage page)
    {
        foreach (var stored in page.Events)
        {
            var persisted = _store.Registry.Read(stored, _store.Journal.Location);
            try
            {
                OnRecover(persisted);
            }
            catch (Exception e)
            {
                throw new RecoveryFailedException(_store.Journal.Location, PersistenceId, stored.SequenceNr, stored.Event.Name, e);
            }
            LastSequenceNr = stored.SequenceNr;
        }
        if (LastSequenceNr < page.HighestSequenceNr)
        {
            ReadNextPage();
            return;
        }
        _phase = Phase.Ready;
        OnRecoveryCompleted();
        WriteSteps();
    }

    private void Add(Step step)
    {
        Cell.CheckTurn();
        if (_phase is not (Phase.Ready or Phase.Handling))
            throw new InvalidOperationException($"{GetType().Name} persists while it is recovering; unfinished work is taken up in {nameof(OnRecoveryCompleted)}");
        _steps.Add(step);
    }

    /// <summary>Writes what the command or the last round of handlers added; the mailbox waits until it is handled.</summary>
    private void WriteSteps()
    {
        if (_steps.Count == 0) return;
        (_writing, _steps) = (_steps, []);
        var events = _writing.Where(s => s.Event is not null).Select(s => _store.Registry.Serialize(s.Event!)).ToArray();
        _phase = Phase.Writing;
        _command = Cell.CurrentMessage;
        if (events.Length == 0) HandleSteps();
        else Cell.HoldFor(_store.Journal.AppendAsync(PersistenceId, LastSequenceNr + 1, events));
    }

    private void OnWritten(Task written)
    {
        Cell.CurrentMessage = _command;
        if (written.Exception is { InnerException: { } cause }) ExceptionDispatchInfo.Throw(cause);
        HandleSteps();
    }

    private void HandleSteps()
    {
        _phase = Phase.Handling;
        foreach (var step in _writing)
        {
            if (step.Event is not null) LastSequenceNr++;
            step.Handler();
        }
        _phase = Phase.Ready;
        WriteSteps();
    }

    private readonly record struct Step(object? Event, Action Handler);
}
