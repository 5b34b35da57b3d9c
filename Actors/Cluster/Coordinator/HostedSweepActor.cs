using Akka.Actor;
using Akka.Event;
using Npgsql;
using Sweeps.Actors.Cluster.Leases;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Sweeps;
using Sweeps.Domain.Cluster;

namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>From the place of a sweep to the coordinator: it has ended and its report is written, or it cannot go on.</summary>
internal sealed record HostedEnded(string Name, SweepOutcome Outcome);

/// <summary>A sweep of the cluster: opens its journal and its folder, runs it, and sees to its report.</summary>
internal sealed class HostedSweepActor : UntypedActor, IWithTimers
{
    private const int MostTries = 60;

    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

    private readonly CoordinatorPlan _plan;
    private readonly HostedSweep _hosted;
    private readonly IActorRef _broker;
    private HostedParts? _parts;
    private IActorRef _progress = ActorRefs.Nobody;
    private IActorRef _sweep = ActorRefs.Nobody;
    private readonly List<(SweepCommand Command, IActorRef Sender)> _early = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private volatile bool _isGone;
    private SweepOutcome? _outcome;
    private int _tries;
    private bool _over;

    public HostedSweepActor(CoordinatorPlan plan, HostedSweep hosted, IActorRef broker) =>
        (_plan, _hosted, _broker) = (plan, hosted, broker);

    /// <summary>Returns how to make it; it tells its parent <see cref="HostedEnded"/>.</summary>
    public static Props Props(CoordinatorPlan plan, HostedSweep hosted, IActorRef broker) =>
        ActorProps.Of(() => new HostedSweepActor(plan, hosted, broker));

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart() => Open();

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _isGone = true;
        _parts?.Close();
    }

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
    {
        // Whoever has lost the lead must not go on with anything.
        if (CoordinatorActor.HasLostLead(cause)) return Directive.Escalate;
        Self.Tell(new Status.Failure(cause));
        return Directive.Stop;
    });

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case HostedParts m: Begin(m); break;
            case SweepEnded m: End(m.Outcome); break;
            case Unopened m: TryAgain(m.Cause, new OpenDue()); break;
            case OpenDue: Open(); break;
            case Unreported m: TryAgain(m.Cause, new ReportDue()); break;
            case ReportDue: Report(); break;
            case Reported: Tell(SweepEnd.Completed, null); break;
            case Status.Failure m: OnFailed(m.Cause); break;
            case Reply.Refused m when Sender.Equals(_sweep): End(new SweepOutcome(SweepEnd.Failed, [], m.Reason)); break;
            case Reply: break; // the sweep has taken the submission
            case SweepCommand when _over: Sender.Tell(new Reply.AlreadyDone()); break;
            case SweepCommand m when _sweep.IsNobody(): _early.Add((m, Sender)); break;
            case SubmitSweep: _sweep.Tell(message); break;
            case SweepCommand: _sweep.Forward(message); break;
            case SweepProgress: _progress.Tell(message); break;
            default: Unhandled(message); break;
        }
    }

    private void Open() => OpenAsync().PipeTo(Self, success: parts => parts, failure: cause => new Unopened(cause));

    private async Task<HostedParts> OpenAsync()
    {
        var parts = await _plan.Open(_hosted, CancellationToken.None).ConfigureAwait(false);
        // Nobody takes it any more.
        if (_isGone) parts.Close();
        return parts;
    }

    private void Begin(HostedParts parts)
    {
        _parts = parts;
        _progress = Context.ActorOf(parts.Progress, "progress");
        var files = Context.ActorOf(parts.Files, "files");
        var broker = parts.Reuse is { } reuse ? Context.ActorOf(reuse(_broker, _progress), "reuse") : _broker;
        var services = new SweepServices(
            _hosted.Name, SweepJournal.Registry, parts.Streams, broker, _progress, files, _plan.Options)
        {
            Folder = _hosted.Name,
        };
        _sweep = Context.ActorOf(SweepActor.Props(_plan.Configure(services)), "sweep");
        // What was said before, such as to try failed trials again, comes first: without a submission it begins nothing.
        foreach (var (command, sender) in _early) _sweep.Tell(command, sender);
        _early.Clear();
        _sweep.Tell(new SubmitSweep(_hosted.Spec));
    }

    private void End(SweepOutcome outcome)
    {
        if (_over) return;
        _over = true;
        if (outcome.End != SweepEnd.Completed)
        {
            Tell(outcome.End, outcome.Error);
            return;
        }
        _outcome = outcome;
        Report();
    }

    private void Report() => _parts!.ReportAsync(_outcome!).PipeTo(
        Self, success: () => new Reported(), failure: cause => new Unreported(cause));

    /// <summary>A database that is away for a while, or a full disk, must not end a sweep for good.</summary>
    private void TryAgain(Exception cause, object due)
    {
        var passes = cause is IOException or JobFailedException { Kind: FailureKind.World } or LeaseUnavailableException
            or JournalException { InnerException: NpgsqlException { IsTransient: true } };
        if (!passes || ++_tries > MostTries)
        {
            OnFailed(cause);
            return;
        }
        _log.Warning(cause, "sweep {0} ({1} of at most {2} times); it is tried again", _hosted.Name, _tries, MostTries);
        Timers.StartSingleTimer(due, due, _pause);
    }

    private void OnFailed(Exception cause)
    {
        if (CoordinatorActor.HasLostLead(cause)) throw cause;
        _over = true;
        Tell(SweepEnd.Failed, cause.Message);
    }

    private void Tell(SweepEnd end, string? reason) =>
        Context.Parent.Tell(new HostedEnded(_hosted.Name, new SweepOutcome(end, [], reason)));

    private sealed record Unopened(Exception Cause);

    private sealed record OpenDue;

    private sealed record Unreported(Exception Cause);

    private sealed record ReportDue;

    private sealed record Reported;
}
