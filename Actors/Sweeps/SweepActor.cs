using System.Collections.Immutable;
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
    private readonly HashSet<IActorRef> _ended = [];
    private SweepState _state = SweepState.Initial;
    private bool _running;
    private int _living;

    public override string PersistenceId => SweepJournal.Sweep;

    protected internal override OneForOneStrategy SupervisorStrategy => SweepServices.Supervision;

    protected override void OnRecover(object persisted) => _state = SweepState.Apply(_state, (SweepEvent)persisted);

    protected override void OnCommand(object command)
    {
        switch (command)
        {
            case SubmitSweep m: Submit(m); break;
            case PauseSweep or ResumeSweep or CancelSweep: Execute((SweepCommand)command); break;
            case TrialEnded m: OnTrialEnded(m.State); break;
            case SearchEnded m: OnSearchEnded(m); break;
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
            if (command is SubmitSweep or PauseSweep or ResumeSweep or CancelSweep) Sender.Tell(reply);
            if (reply is Reply.Refused) return;
            foreach (var e in events) React(e);
            Advance(command, events);
        });
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

    private void Advance(SweepCommand command, ImmutableArray<SweepEvent> events)
    {
        if (!_running) return;
        // A run begins with everything that is open; after that only what becomes open is new.
        foreach (var item in command is SubmitSweep ? _state.Open : events.SelectMany(_state.OpenedBy)) Start(item);
        if (command is not (PauseSweep or ResumeSweep)) Report();
        if (_state.Status == SweepStatus.Completed) services.Ended(new SweepOutcome(SweepEnd.Completed, _state.Failures()));
        EndIfCancelled();
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
        EndIfCancelled();
    }

    private void OnTrialEnded(TrialState trial)
    {
        _ended.Add(Sender);
        if (trial.Result is { } result) Execute(new RecordTrialResult(trial.Id, result));
        else if (trial.Phase == TrialPhase.Failed) Execute(new RecordTrialFailure(trial.Id, trial.Reason!));
    }

    private void OnSearchEnded(SearchEnded search)
    {
        _ended.Add(Sender);
        if (!search.Cancelled) Execute(new RecordSearchResult(search.Id, search.Best, search.Circuit));
    }

    private void OnAttributionEnded(AttributionEnded ended)
    {
        _ended.Add(Sender);
        if (ended.Circuit is { } circuit) Execute(new RecordTrialResult(ended.Trial, circuit));
        else if (ended.Failure is { } failure) Execute(new RecordTrialFailure(ended.Trial, failure));
    }

    private void CancelChildren()
    {
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
}
