using System.Text.Json;
using Akka.Actor;
using Akka.Event;
using Npgsql;
using Sweeps.Actors.Cluster.Leases;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Reuse;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Sweeps;
using Sweeps.Domain.Cluster;
using Sweeps.Files;

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
    private readonly string _folder;
    private readonly CancellationTokenSource _end = new();
    private ProgressFeed? _feed;
    private ISweepWatcher? _watcher;
    private IActorRef _progress = ActorRefs.Nobody;
    private IActorRef _sweep = ActorRefs.Nobody;
    private readonly List<(SweepCommand Command, IActorRef Sender)> _early = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private SweepOutcome? _outcome;
    private int _tries;
    private bool _over;

    public HostedSweepActor(CoordinatorPlan plan, HostedSweep hosted, IActorRef broker)
    {
        (_plan, _hosted, _broker) = (plan, hosted, broker);
        _folder = Path.Combine(plan.Folder, hosted.Name);
    }

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
        _end.Cancel();
        _ = CloseAsync(_feed, _watcher);
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
            case Opened m: Begin(m.Streams, m.Watcher); break;
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

    private void Open() => OpenAsync().PipeTo(Self, success: opened => opened, failure: cause => new Unopened(cause));

    private async Task<Opened> OpenAsync()
    {
        // The database, and a folder on a network, may take their time.
        var streams = await Task.Run(() => _plan.Open(_hosted.Run, _end.Token), _end.Token).ConfigureAwait(false);
        var watcher = await Task.Run(() =>
        {
            Directory.CreateDirectory(_folder);
            var artifacts = new ArtifactStore(_folder);
            artifacts.DeleteTemporaries();
            SweepFolder.Remember(_folder, new JournalStore.PostgreSql(_plan.Options.Store.Postgresql, _hosted.Run));
            artifacts.WriteBytes(SweepFolder.SpecName, JsonSerializer.SerializeToUtf8Bytes(_hosted.Spec, JobJson.Indented));
            return _plan.Watch(_hosted.Spec, _folder);
        }).ConfigureAwait(false);
        return new Opened(streams, watcher);
    }

    private void Begin(StreamSettings streams, ISweepWatcher watcher)
    {
        _watcher = watcher;
        _feed = new ProgressFeed(_watcher.Progress);
        var artifacts = new ArtifactStore(_folder);
        _progress = Context.ActorOf(ProgressActor.Props(_feed.Writer), "progress");
        var files = Context.ActorOf(FilesActor.Props(artifacts.Delete, DiskRetries.Policy.Build(TimeProvider.System)), "files");
        var broker = _broker;
        if (_hosted.Spec.Reuse.Count > 0)
        {
            var results = ReusableRuns.Read(_hosted.Spec.Reuse, _plan.Options.Store, _feed.Warn);
            broker = Context.ActorOf(ReuseActor.Props(_broker, results, artifacts, _progress), "reuse");
        }
        var services = new SweepServices(
            _hosted.Name, SweepJournal.Registry, streams, broker, _progress, files, _plan.Options) { Folder = _hosted.Name };
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

    private void Report()
    {
        var (watcher, outcome) = (_watcher!, _outcome!);
        Task.Run(() => watcher.ReportAsync(outcome)).PipeTo(
            Self, success: () => new Reported(), failure: cause => new Unreported(cause));
    }

    /// <summary>A database that is away for a while, or a full disk, must not end a sweep for good.</summary>
    private void TryAgain(Exception cause, object due)
    {
        var passes = cause is IOException or LeaseUnavailableException or JournalException { InnerException: NpgsqlException { IsTransient: true } };
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

    private static async Task CloseAsync(ProgressFeed? feed, ISweepWatcher? watcher)
    {
        if (feed is not null) await feed.DisposeAsync().ConfigureAwait(false);
        if (watcher is not null) await watcher.DisposeAsync().ConfigureAwait(false);
    }

    private sealed record Opened(StreamSettings Streams, ISweepWatcher Watcher);

    private sealed record Unopened(Exception Cause);

    private sealed record OpenDue;

    private sealed record Unreported(Exception Cause);

    private sealed record ReportDue;

    private sealed record Reported;
}
