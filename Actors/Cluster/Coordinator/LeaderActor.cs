using Akka.Actor;
using Akka.Event;
using Sweeps.Actors.Cluster.Nodes;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>To the cluster's singleton: give the lead back and end.</summary>
internal sealed record StandDown
{
    public static StandDown Instance { get; } = new();
}

/// <summary>
/// The cluster's one singleton: takes the lead, makes the coordinator of that term, and keeps the lead for it. Whoever loses it, or whose
/// coordinator fails, ends with all that it has; so does one whose lease has lapsed since it does not reach the database, when another
/// orchestrator node does. While nobody reaches it there is nobody to make way for.
/// </summary>
internal sealed class LeaderActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);

    private readonly CoordinatorPlan _plan;
    private readonly ILead _lead;
    private readonly Action<Exception> _fail;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly List<ConfirmLead> _toConfirm = [], _confirming = [];
    private IActorRef _coordinator = ActorRefs.Nobody;
    private long _term;
    private string? _witness;
    private bool _standingDown, _saidWaiting, _lapsed, _alone, _failed;

    public LeaderActor(CoordinatorPlan plan, ILead lead, Action<Exception> fail) => (_plan, _lead, _fail) = (plan, lead, fail);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Returns how to make the actor.</summary>
    /// <param name="plan">for the coordinator</param>
    /// <param name="lead">the right to coordinate</param>
    /// <param name="fail">is called when this process cannot go on, from any thread</param>
    public static Props Props(CoordinatorPlan plan, ILead lead, Action<Exception> fail) =>
        ActorProps.Of(() => new LeaderActor(plan, lead, fail));

    /// <inheritdoc/>
    protected override void PreStart() => Take();

    /// <inheritdoc/>
    protected override void PostStop() => _plan.Metrics.End();

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
    {
        Fail(cause);
        return Directive.Stop;
    });

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case TakeDue: Take(); break;
            case Taken m: OnTaken(m.Lead); break;
            case RenewDue: Renew(); break;
            case Renewed or Untold when _failed: break; // it has failed meanwhile
            case Renewed m: OnRenewed(m.IsOurs); break;
            case Untold m: OnUntold(m); break;
            case ConfirmLead m: _toConfirm.Add(m); break;
            case Lapsed: OnLapsed(); break;
            case DatabaseSeen m when m.Term == _term: _witness = m.Node; break;
            case DatabaseSeen: break; // of an earlier term
            case StandDown: EndInOrder(); break;
            case Terminated: Release(); break;
            case Released: Context.Stop(Self); break;
            case RegisterNode or ClusterQuestion when !_coordinator.IsNobody() && !_standingDown: _coordinator.Forward(message); break;
            case RegisterNode: break; // it asks again
            case ClusterQuestion:
                Sender.Tell(
                    ClusterAnswer.Of(new Domain.Reply.Refused("a node is just taking over the cluster: try again in some seconds")));
                break;
            default: Unhandled(message); break;
        }
    }

    private void Take() => _lead.TryTakeAsync(CancellationToken.None).PipeTo(
        Self, success: lead => new Taken(lead), failure: cause => new Untold(cause, IsRenewal: false));

    private void OnTaken(Lead? lead)
    {
        if (lead is null || _standingDown)
        {
            if (_standingDown && lead is not null)
            {
                _term = lead.Term;
                Release();
            }
            else if (!_standingDown)
            {
                if (!_saidWaiting) _log.Info("waits for the lease of the node that coordinated the cluster before");
                _saidWaiting = true;
                Timers.StartSingleTimer(TakeDue.Instance, TakeDue.Instance, _pause);
            }
            return;
        }
        _term = lead.Term;
        _log.Info("coordinates the cluster, term {0}", _term);
        _coordinator = Context.Watch(Context.ActorOf(CoordinatorActor.Props(_plan, lead), $"coordinator-{_term}"));
        HoldOn();
    }

    private void HoldOn()
    {
        (_lapsed, _alone, _witness) = (false, false, null);
        _plan.Metrics.Hold(_term);
        Timers.StartSingleTimer(RenewDue.Instance, RenewDue.Instance, _lead.Pace);
        Timers.StartSingleTimer(Lapsed.Instance, Lapsed.Instance, _lead.Duration);
    }

    private void Renew()
    {
        _confirming.AddRange(_toConfirm);
        _toConfirm.Clear();
        _lead.RenewAsync(_term, CancellationToken.None).PipeTo(
            Self, success: isOurs => new Renewed(isOurs), failure: cause => new Untold(cause, IsRenewal: true));
    }

    private void OnRenewed(bool isOurs)
    {
        if (_standingDown) return;
        if (!isOurs)
        {
            Fail(new FencedException("the cluster", "another node has taken over"));
            return;
        }
        // Asked before this renewal was begun: from then on the lease has its whole duration.
        foreach (var asked in _confirming) asked.Asker.Tell(new LeadConfirmed(asked.Number));
        _confirming.Clear();
        HoldOn();
    }

    private void OnLapsed()
    {
        _lapsed = true;
        // What is being tried at the moment may take as long again.
        if (_alone && !_standingDown) MakeWay();
    }

    private void MakeWay() => Fail(new FencedException("the cluster", $"this node does not reach the database, and {_witness} does"));

    /// <summary>
    /// While the database is away from everybody nobody else can take over either: what cannot be written waits. One that it is away from
    /// alone makes way as soon as the lease has lapsed and it has failed once more after another node has seen it.
    /// </summary>
    private void OnUntold(Untold untold)
    {
        if (_standingDown)
        {
            if (_coordinator.IsNobody()) Context.Stop(Self);
            return;
        }
        if (untold.Cause is not JournalException || untold.Cause is FencedException)
        {
            Fail(untold.Cause);
            return;
        }
        _alone |= untold.IsRenewal && _witness is not null;
        if (_lapsed && _alone)
        {
            MakeWay();
            return;
        }
        if (untold.IsRenewal)
        {
            foreach (var node in _plan.Witnesses())
                Context.ActorSelection(new RootActorPath(node) / "user" / WitnessActor.Name).Tell(new DatabaseAsked(_term));
        }
        _log.Warning(untold.Cause, "the lease of the cluster cannot be {0}; it is tried again", untold.IsRenewal ? "renewed" : "taken");
        if (untold.IsRenewal) Timers.StartSingleTimer(RenewDue.Instance, RenewDue.Instance, _pause);
        else Timers.StartSingleTimer(TakeDue.Instance, TakeDue.Instance, _pause);
    }

    private void Fail(Exception cause)
    {
        Timers.CancelAll();
        _failed = true;
        if (!_coordinator.IsNobody()) Context.Stop(_coordinator);
        _plan.Metrics.End();
        _fail(cause);
    }

    private void EndInOrder()
    {
        if (_standingDown) return;
        _standingDown = true;
        Timers.CancelAll();
        if (_coordinator.IsNobody()) Context.Stop(Self);
        else Context.Stop(_coordinator);
    }

    private void Release()
    {
        _coordinator = ActorRefs.Nobody;
        if (!_standingDown) return;
        _lead.ReleaseAsync(_term, CancellationToken.None).PipeTo(Self, success: () => new Released(), failure: _ => new Released());
    }

    private sealed record TakeDue
    {
        public static TakeDue Instance { get; } = new();
    }

    private sealed record RenewDue
    {
        public static RenewDue Instance { get; } = new();
    }

    private sealed record Lapsed
    {
        public static Lapsed Instance { get; } = new();
    }

    private sealed record Taken(Lead? Lead);

    private sealed record Renewed(bool IsOurs);

    private sealed record Untold(Exception Cause, bool IsRenewal);

    private sealed record Released;
}
