namespace Sweeps.Actors.Runtime;

/// <summary>Children, supervision and death watch.</summary>
internal sealed partial class ActorCell
{
    // Under its own lock: the user guardian's children are created from any thread.
    private readonly Dictionary<string, Child> _children = [];
    private readonly HashSet<IInternalActorRef> _escalated = [];
    private readonly HashSet<IInternalActorRef> _watching = [];
    private readonly HashSet<IActorRef> _terminatedQueued = [];
    private readonly List<IInternalActorRef> _watchers = [];
    private long _namesMade;
    private long _childrenMade;
    private bool _closedToChildren;

    private bool NoChildren
    {
        get
        {
            lock (_children) return _children.Count == 0;
        }
    }

    public IActorRef ActorOf(Props props, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(props);
        if (name is not null) ActorPath.CheckName(name);
        ActorCell child;
        lock (_children)
        {
            if (_closedToChildren) throw new InvalidOperationException($"{Path} is stopping or restarting and takes no child {name ?? props.ActorType}");
            name ??= $"~{++_namesMade}";
            if (_children.ContainsKey(name)) throw new InvalidActorNameException($"{Path} already has a child named '{name}'");
            child = new ActorCell(System, props, Path.Child(name), Self);
            _children.Add(name, new Child(child.Self, new RestartStatistics(), ++_childrenMade));
        }
        child.SendSystem(new SystemMessage.Create());
        return child.Self;
    }

    IActorRef? IActorContext.Child(string name)
    {
        lock (_children) return _children.TryGetValue(name, out var child) ? child.Ref : null;
    }

    public IReadOnlyList<IActorRef> GetChildren()
    {
        lock (_children) return [.. InOrder().Select(child => child.Ref)];
    }

    public void Stop(IActorRef actor) => actor.Internal().SendSystem(new SystemMessage.Terminate());

    public IActorRef Watch(IActorRef actor)
    {
        var watched = actor.Internal();
        if (!ReferenceEquals(watched, Self) && _watching.Add(watched)) watched.SendSystem(new SystemMessage.Watch(Self));
        return actor;
    }

    public IActorRef Unwatch(IActorRef actor)
    {
        var watched = actor.Internal();
        if (_watching.Remove(watched)) watched.SendSystem(new SystemMessage.Unwatch(Self));
        _terminatedQueued.Remove(watched);
        return actor;
    }

    private void AddWatcher(IInternalActorRef watcher)
    {
        if (_state == CellState.Terminated) watcher.SendSystem(new SystemMessage.DeathWatchNotification(Self));
        else if (!_watchers.Contains(watcher)) _watchers.Add(watcher);
    }

    /// <summary>Terminated goes through the mailbox, so that it comes after what the dead actor sent before.</summary>
    private void OnWatchedTerminated(IInternalActorRef actor)
    {
        if (!_watching.Remove(actor)) return;
        _terminatedQueued.Add(actor);
        Enqueue(new Terminated(actor));
    }

    private void StopChildren()
    {
        Child[] children;
        lock (_children)
        {
            _closedToChildren = true;
            children = [.. InOrder()];
        }
        foreach (var child in children) child.Ref.SendSystem(new SystemMessage.Terminate());
    }

    // A dictionary that keeps its order would move all later children whenever one ends; a simulation must repeat itself all the same.
    private IEnumerable<Child> InOrder() => _children.Values.OrderBy(child => child.Number);

    private void OnChildTerminated(IInternalActorRef child)
    {
        lock (_children)
        {
            _children.Remove(child.Path.Name);
            if (_children.Count > 0) return;
        }
        if (_state == CellState.Restarting && _backoff is null && _restart is not null) WaitForBackoff();
        else if (_state == CellState.Terminating) FinishTerminate();
    }

    private void OnChildFailed(IInternalActorRef failed, Exception cause)
    {
        Child? child;
        lock (_children)
        {
            if (!_children.TryGetValue(failed.Path.Name, out child) || !ReferenceEquals(child.Ref, failed)) return;
        }
        // An actor that restarts or stops has already told its children to stop.
        if (_actor is null || _state is CellState.Restarting or CellState.Terminating) return;
        var (directive, delay) = Decide(child, ref cause);
        System.EventStream.Publish(new LogEvent(
            directive is Directive.Stop or Directive.Escalate ? LogLevel.Error : LogLevel.Warning,
            failed.Path,
            $"failed ({cause.GetType().Name}: {cause.Message}); directive: {directive}{(delay > TimeSpan.Zero ? $" in {delay}" : "")}",
            cause));
        switch (directive)
        {
            case Directive.Resume: failed.SendSystem(new SystemMessage.Resume()); break;
            case Directive.Restart: failed.SendSystem(new SystemMessage.Recreate(cause, delay)); break;
            case Directive.Stop: failed.SendSystem(new SystemMessage.Terminate()); break;
            default:
                _escalated.Add(failed);
                Fail(cause);
                break;
        }
    }

    private (Directive Directive, TimeSpan Delay) Decide(Child child, ref Exception cause)
    {
        try
        {
            return _actor!.SupervisorStrategy.Decide(cause, child.Statistics, System.Time);
        }
        catch (Exception e)
        {
            cause = new AggregateException($"the supervisor {Path} threw while deciding about {child.Ref.Path}", e, cause);
            return (Directive.Escalate, TimeSpan.Zero);
        }
    }

    private sealed record Child(IInternalActorRef Ref, RestartStatistics Statistics, long Number);
}
