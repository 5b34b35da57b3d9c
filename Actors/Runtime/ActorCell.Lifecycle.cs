namespace Sweeps.Actors.Runtime;

internal enum CellState
{
    /// <summary>No incarnation yet.</summary>
    Starting,

    /// <summary>Handles messages.</summary>
    Running,

    /// <summary>Failed; waits for the supervisor's directive.</summary>
    Suspended,

    /// <summary>Waits for its children to stop and for the backoff to pass, then starts anew.</summary>
    Restarting,

    /// <summary>Waits for its children to stop, then stops.</summary>
    Terminating,

    /// <summary>Passes everything on to the dead letters.</summary>
    Terminated,
}

/// <summary>Start, failure, restart and stop.</summary>
internal sealed partial class ActorCell
{
    private CellState _state = CellState.Starting;
    private ActorBase? _actor;
    private Action<object>? _behaviour;
    private long _incarnation;
    private bool _held;
    private object? _failedMessage;
    private SystemMessage.Completed? _completedWhileSuspended;
    private (Exception Cause, TimeSpan Delay)? _restart;
    private ITimer? _backoff;

    private bool AcceptsMessages => _state == CellState.Terminated || (_state == CellState.Running && !_held);

    public void Become(Action<object> receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        _behaviour = receive;
    }

    public void Unbecome() => _behaviour = _actor is { } actor ? actor.OnReceive : null;

    /// <summary>
    /// Handles no message of the mailbox until <paramref name="task"/> is done and its completion has been handled; a stop
    /// gets through. The journal's acknowledgements come this way.
    /// </summary>
    public void HoldFor(Task task)
    {
        _held = true;
        var incarnation = _incarnation;
        _ = task.ContinueWith(
            (t, cell) => ((ActorCell)cell!).SendSystem(new SystemMessage.Completed(t, incarnation)),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            System.Dispatcher.Continuations);
    }

    private void HandleSystemMessages()
    {
        while (_system.TryDequeue(out var message))
        {
            switch (message)
            {
                case SystemMessage.Create: Start(null); break;
                case SystemMessage.Completed completed: OnCompleted(completed); break;
                case SystemMessage.Resume: Resume(); break;
                case SystemMessage.Recreate recreate: BeginRestart(recreate.Cause, recreate.Delay); break;
                case SystemMessage.BackoffOver over: if (over.Incarnation == _incarnation) FinishRestart(); break;
                case SystemMessage.Terminate: BeginTerminate(); break;
                case SystemMessage.Watch watch: AddWatcher(watch.Watcher); break;
                case SystemMessage.Unwatch unwatch: _watchers.Remove(unwatch.Watcher); break;
                case SystemMessage.Failed failed: OnChildFailed(failed.Child, failed.Cause); break;
                case SystemMessage.ChildTerminated terminated: OnChildTerminated(terminated.Child); break;
                case SystemMessage.DeathWatchNotification notification: OnWatchedTerminated(notification.Actor); break;
                default: throw new InvalidOperationException($"unknown system message {message.GetType().Name}");
            }
        }
    }

    private void Start(Exception? restartedAfter)
    {
        if (_state is CellState.Terminating or CellState.Terminated) return;
        try
        {
            t_newActor = this;
            _actor = _props.Factory();
            if (!ReferenceEquals(_actor.Cell, this)) throw new InvalidOperationException("the factory of Props must make a fresh actor at each call");
            _behaviour = _actor.OnReceive;
            _state = CellState.Running;
            if (restartedAfter is null) _actor.PreStart();
            else _actor.PostRestart(restartedAfter);
            _actor.OnStarted();
        }
        catch (Exception e)
        {
            Fail(new ActorInitializationException($"{_props.ActorType} at {Path} did not start: {e.Message}", e));
        }
        finally
        {
            t_newActor = null;
        }
    }

    private void OnCompleted(SystemMessage.Completed completed)
    {
        if (completed.Incarnation != _incarnation) return;
        if (_state == CellState.Suspended)
        {
            // A child's failure was escalated meanwhile; if the answer is to resume, the completion is still wanted.
            _completedWhileSuspended = completed;
            return;
        }
        if (_state != CellState.Running) return;
        _held = false;
        try
        {
            _actor!.OnHeldTaskCompleted(completed.Task);
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

    private void Fail(Exception cause)
    {
        if (_state is CellState.Terminating or CellState.Terminated or CellState.Suspended) return;
        _state = CellState.Suspended;
        _failedMessage = _current.Message;
        ParentRef.SendSystem(new SystemMessage.Failed(Self, cause));
    }

    private void Resume()
    {
        if (_state != CellState.Suspended) return;
        if (_actor is null || !_actor.CanResume)
        {
            BeginRestart(new InvalidOperationException($"{Path} cannot be resumed after this failure"), TimeSpan.Zero);
            return;
        }
        _state = CellState.Running;
        _failedMessage = null;
        foreach (var child in _escalated) child.SendSystem(new SystemMessage.Resume());
        _escalated.Clear();
        if (_completedWhileSuspended is { } completed)
        {
            _completedWhileSuspended = null;
            OnCompleted(completed);
        }
    }

    private void BeginRestart(Exception cause, TimeSpan delay)
    {
        if (_state != CellState.Suspended) return;
        RunHook(actor => actor.PreRestart(cause, _failedMessage));
        _state = CellState.Restarting;
        LeaveIncarnation();
        Stash.UnstashAll();
        _restart = (cause, delay);
        foreach (var child in GetChildren()) Unwatch(child);
        StopChildren();
        if (NoChildren) WaitForBackoff();
    }

    private void WaitForBackoff()
    {
        var delay = _restart!.Value.Delay;
        if (delay == TimeSpan.Zero)
        {
            FinishRestart();
            return;
        }
        var incarnation = _incarnation;
        _backoff = System.Time.CreateTimer(
            _ => SendSystem(new SystemMessage.BackoffOver(incarnation)), null, delay, Timeout.InfiniteTimeSpan);
    }

    private void FinishRestart()
    {
        if (_state != CellState.Restarting) return;
        var cause = _restart!.Value.Cause;
        ForgetRestart();
        lock (_children) _closedToChildren = false;
        Start(cause);
    }

    private void BeginTerminate()
    {
        if (_state is CellState.Terminating or CellState.Terminated) return;
        _state = CellState.Terminating;
        ForgetRestart();
        Timers.CancelAll();
        StopChildren();
        if (NoChildren) FinishTerminate();
    }

    private void FinishTerminate()
    {
        RunHook(actor => actor.PostStop());
        LeaveIncarnation();
        _state = CellState.Terminated;
        Stash.UnstashAll();
        foreach (var watched in _watching) watched.SendSystem(new SystemMessage.Unwatch(Self));
        _watching.Clear();
        // The parent first, so that the name is free again when a watching parent hears of it.
        ParentRef.SendSystem(new SystemMessage.ChildTerminated(Self));
        foreach (var watcher in _watchers) watcher.SendSystem(new SystemMessage.DeathWatchNotification(Self));
        _watchers.Clear();
    }

    private void LeaveIncarnation()
    {
        _incarnation++;
        _actor = null;
        _behaviour = null;
        _held = false;
        _failedMessage = null;
        _completedWhileSuspended = null;
        _escalated.Clear();
        Timers.CancelAll();
    }

    private void ForgetRestart()
    {
        _restart = null;
        _backoff?.Dispose();
        _backoff = null;
    }

    /// <summary>A hook that throws is logged and does not keep the actor from restarting or stopping.</summary>
    private void RunHook(Action<ActorBase> hook)
    {
        if (_actor is null) return;
        try
        {
            hook(_actor);
        }
        catch (Exception e)
        {
            System.EventStream.Publish(new LogEvent(LogLevel.Error, Path, $"{_props.ActorType} threw in PostStop or PreRestart", e));
        }
    }
}
