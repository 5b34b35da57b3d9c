using Sweeps.Actors.Bisections;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Persistence;
using Sweeps.Actors.Runtime;
using Sweeps.Actors.Searches;
using Sweeps.Actors.Trials;
using Sweeps.ModelCore.Jobs;

namespace Sweeps.Actors.Sweeps;

/// <summary>
/// The root of a run: starts a trial or a search for everything that is open, and stores what comes back. Waits for
/// <see cref="SubmitSweep"/> before it starts anything.
/// </summary>
internal sealed class SweepActor(SweepServices services) : PersistentActor(services.Store)
{
    /// <summary>
    /// Most trials and searches at work, waiting for a device or to be recorded at a time, several times the devices that there may be; the rest waits here, in order, and costs a few
    /// bytes each and not an actor.
    /// </summary>
    public const int MostLiving = 4096;

    // Smaller ones are replayed in no time.
    private const int FirstSnapshot = 1000;

    private readonly HashSet<IActorRef> _ended = [];
    private readonly Queue<WorkItem> _waiting = new();
    private readonly Queue<SweepCommand> _told = new();
    private SweepState _state = SweepState.Initial;
    private long _inSnapshot;
    private bool _running;
    private int _living;

    public override string PersistenceId => SweepJournal.Sweep;

    protected internal override OneForOneStrategy SupervisorStrategy => SweepServices.Supervision;

    protected override void OnRecover(object persisted) => _state = SweepState.Apply(_state, (SweepEvent)persisted);

    protected override void OnSnapshot(object snapshot) => (_state, _inSnapshot) = (((SweepSnapshot)snapshot).State(), LastSequenceNr);

    protected override void OnCommand(object command)
    {
        switch (command)
        {
            case SubmitSweep m: Submit(m); break;
            case PauseSweep or ResumeSweep or CancelSweep: Execute((SweepCommand)command); break;
            case TrialEnded m: OnTrialEnded(m.State); break;
            case SearchEnded m: OnSearchEnded(m); break;
            case RecordDue: RecordTold(); break;
            case AttributionEnded m: OnAttributionEnded(m); break;
            case WorldFailed m: services.Ended(new SweepOutcome(SweepEnd.Failed, [], $"{m.Subject}: {m.Reason}")); break;
            case Terminated m when _ended.Remove(m.ActorRef): OnChildGone(); break;
            default: Unhandled(command); break;
        }
    }

    private void Submit(SubmitSweep submitted)
    {
        _running = true;
        Execute(submitted);
    }

    private void Execute(SweepCommand command)
    {
        var (reply, events) = SweepState.Decide(_state, command);
        PersistAll(events, e => _state = SweepState.Apply(_state, e), () =>
        {
            Sender.Tell(reply);
            if (reply is Reply.Refused) return;
            foreach (var e in events) React(e);
            // A run begins with everything that is open; after that only what becomes open is new.
            if (command is SubmitSweep) _waiting.Clear();
            Advance(command is SubmitSweep ? _state.Open : []);
        });
    }

    /// <summary>Every write waits for a sync. What is told meanwhile waits in the mailbox before the message to self, and is then stored by one write.</summary>
    private void Record(SweepCommand command)
    {
        _told.Enqueue(command);
        if (_told.Count == 1) Self.Tell(RecordDue.Instance);
    }

    private void RecordTold()
    {
        var after = _state;
        var (happened, opened) = (new List<SweepEvent>(), new List<WorkItem>());
        while (_told.TryDequeue(out var command))
        {
            foreach (var e in SweepState.Decide(after, command).Events)
            {
                after = SweepState.Apply(after, e);
                happened.Add(e);
                opened.AddRange(after.OpenedBy(e));
            }
        }
        PersistAll(happened, _ => { }, () =>
        {
            _state = after;
            TakeSnapshot();
            Advance(opened);
        });
    }

    /// <summary>
    /// A snapshot holds every result, so that one after each so many events would write the square of the sweep. Each comes when there are as many events again as the last one
    /// replaces: all of them together cost as much as the largest twice over, and a recovery replays at most half of the stream.
    /// </summary>
    private void TakeSnapshot()
    {
        if (LastSequenceNr < Math.Max(FirstSnapshot, 2 * _inSnapshot)) return;
        _inSnapshot = LastSequenceNr;
        SaveSnapshot(SweepSnapshot.Of(_state));
    }

    private void React(SweepEvent happened)
    {
        switch (happened)
        {
            case SweepPaused: services.Broker.Tell(new HoldSweep(services.Sweep)); break;
            case SweepResumed: services.Broker.Tell(new ReleaseSweep(services.Sweep)); break;
            case SweepCancelled: CancelChildren(); break;
        }
    }

    private void Advance(IEnumerable<WorkItem> opened)
    {
        if (!_running) return;
        foreach (var item in opened) _waiting.Enqueue(item);
        StartWaiting();
        Report();
        if (_state.Status == SweepStatus.Completed) services.Ended(new SweepOutcome(SweepEnd.Completed, _state.Failures()));
        EndIfCancelled();
    }

    private void StartWaiting()
    {
        // What has ended and is not recorded yet counts as well: else trials would end faster than the sweep can note it.
        while (_living + _told.Count < MostLiving && _waiting.TryDequeue(out var item)) Start(item);
    }

    private void Start(WorkItem item)
    {
        if (item.Stage == SweepStage.Search)
        {
            var search = _state.Search(item);
            Start(search.Id.ToString(), Props.Create(() => new SearchActor(services, search)));
            return;
        }
        var (trial, job) = _state.Trial(item);
        if (item.Stage == SweepStage.Attribution)
        {
            var size = _state.Plan!.Spec.Search.Objective;
            Start(trial.Value, Props.Create(() => new AttributionActor(services, trial, (PruneJob)job, size)));
            return;
        }
        Start(trial.Value, Props.Create(() => new TrialActor(services, trial, job)));
    }

    private void Start(string id, Props props)
    {
        // A slash would be a level of its own in the actor's path.
        var name = id.Replace('/', ':');
        if (Context.Child(name) is not null) return;
        Context.Watch(Context.ActorOf(props, name));
        _living++;
    }

    private void OnChildGone()
    {
        _living--;
        StartWaiting();
        EndIfCancelled();
    }

    private void OnTrialEnded(TrialState trial)
    {
        _ended.Add(Sender);
        if (trial.Result is { } result) Record(new RecordTrialResult(trial.Id, result));
        else if (trial.Phase == TrialPhase.Failed) Record(new RecordTrialFailure(trial.Id, trial.Reason!));
    }

    private void OnSearchEnded(SearchEnded search)
    {
        _ended.Add(Sender);
        if (!search.Cancelled) Record(new RecordSearchResult(search.Id, search.Best, search.Circuit));
    }

    private void OnAttributionEnded(AttributionEnded ended)
    {
        _ended.Add(Sender);
        if (ended.Circuit is { } circuit) Record(new RecordTrialResult(ended.Trial, circuit));
        else if (ended.Failure is { } failure) Record(new RecordTrialFailure(ended.Trial, failure));
    }

    private void CancelChildren()
    {
        _waiting.Clear();
        foreach (var child in Context.GetChildren())
            child.Tell(child.Path.Name.StartsWith("searches", StringComparison.Ordinal) ? new CancelSearch() : new CancelTrial());
    }

    private void EndIfCancelled()
    {
        if (_state.Status == SweepStatus.Cancelled && _living == 0) services.Ended(new SweepOutcome(SweepEnd.Cancelled, []));
    }

    private void Report()
    {
        foreach (var stage in SweepStages.All.Where(_state.Plan!.Spec.Has))
        {
            var (done, total) = _state.Count(stage);
            services.Progress.Report(new StageProgressed(stage, done, total));
        }
    }

    private sealed record RecordDue
    {
        public static RecordDue Instance { get; } = new();
    }
}
