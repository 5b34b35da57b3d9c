using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Sweeps.Actors.Bisections;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Metrics;
using Sweeps.Actors.Searches;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Trials;

namespace Sweeps.Actors.Sweeps;

/// <summary>
/// The root of a sweep: starts a trial or a search for everything that is open, and stores what comes back. Waits for
/// <see cref="SubmitSweep"/> before it starts anything.
/// </summary>
internal sealed class SweepActor : AggregateActor<SweepState, SweepCommand, SweepEvent>
{
    /// <summary>
    /// Most trials and searches at work, waiting for a device or to be recorded at a time, several times the devices that there may be; the
    /// rest waits here, in order, and costs a few
    /// bytes each and not an actor.
    /// </summary>
    public const int MostLiving = 4096;

    private readonly SweepServices _services;
    private readonly Queue<WorkItem> _waiting = new();
    private readonly List<SweepCommand> _told = [];
    private readonly Dictionary<string, IActorRef> _living = new(StringComparer.Ordinal);
    private IActorRef _stream = ActorRefs.Nobody;
    private bool _running;
    private int _again;

    public SweepActor(SweepServices services)
        : base(services.Registry, SweepJournal.Sweep, SweepState.Initial,
            SuggestMetrics.Timed<SweepState, SweepCommand, SweepEvent>(SweepState.Decide, "trainings", e => e is TrainingsSuggested),
            SweepState.Apply) => _services = services;

    /// <summary>
    /// Where a sweep runs: what it computes where trainings are searched, a round's suggestions, would keep others waiting.
    /// </summary>
    public const string Dispatcher = "sweeps.sweep-dispatcher";

    /// <summary>Returns how to make the actor of a sweep.</summary>
    public static Props Props(SweepServices services) => ActorProps.Of(() => new SweepActor(services)).WithDispatcher(Dispatcher);

    /// <inheritdoc/>
    protected override IActorRef OpenStream() =>
        _stream = Context.ActorOf(StreamActor.Props(SweepStreams.Sweep, _services.Streams), "stream");

    /// <inheritdoc/>
    protected override void Recovered()
    {
    }

    /// <inheritdoc/>
    protected override object? Snapshot(SweepState state) => SweepSnapshot.Of(state);

    /// <inheritdoc/>
    protected override void Handle(object message)
    {
        switch (message)
        {
            case SubmitSweep or PauseSweep or ResumeSweep or CancelSweep or RetryTrials: Execute((SweepCommand)message); break;
            case CancelPart m: Cancel(m); break;
            case RungReached m: Record(new RecordRung(m.Trial, m.At.Step, m.At.Loss)); break;
            case TrialEnded m: OnTrialEnded(m.State); break;
            case SearchEnded m: OnSearchEnded(m); break;
            case AttributionEnded m: OnAttributionEnded(m); break;
            case RecordDue: RecordTold(); break;
            case WorldFailed m: End(new SweepOutcome(SweepEnd.Failed, [], $"{m.Subject}: {m.Reason}")); break;
            default: Unhandled(message); break;
        }
    }

    /// <inheritdoc/>
    protected override void React(SweepEvent happened)
    {
        switch (happened)
        {
            case SweepPaused:
                _services.Broker.Tell(new HoldSweep(_services.Sweep));
                SayStatus();
                break;
            case SweepResumed:
                _services.Broker.Tell(new ReleaseSweep(_services.Sweep));
                SayStatus();
                break;
            case SweepCancelled:
                CancelChildren();
                SayStatus();
                break;
            case SweepCompleted: SayStatus(); break;
            default:
                foreach (var left in LeftOut(happened))
                    if (_living.TryGetValue(left.Value, out var child)) child.Tell(new CancelTrial());
                SayIfSkipped(happened);
                SayIfStopped(happened);
                SaySuggested(happened);
                SayWhatIsLeftOut(happened);
                foreach (var item in State.OpenedBy(happened)) _waiting.Enqueue(item);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void Executed(
        ImmutableArray<SweepCommand> commands, Reply reply, ImmutableArray<SweepEvent> events, IActorRef sender)
    {
        if (commands is [SubmitSweep] && reply is not Reply.Refused)
        {
            // A run begins with everything that is open; after that only what becomes open is new.
            _running = true;
            _waiting.Clear();
            foreach (var item in State.Open) _waiting.Enqueue(item);
        }
        Advance();
        if (commands is [SubmitSweep or PauseSweep or ResumeSweep or CancelSweep or RetryTrials or CancelPart]) sender.Tell(reply);
    }

    private void Cancel(CancelPart command)
    {
        var subject = command.Subject;
        if (_living.TryGetValue(subject, out var search) && IsSearch(subject)) search.Forward(new EndSearchNow());
        else if (_living.TryGetValue(subject[..Math.Max(0, subject.LastIndexOf('/'))], out search) && IsSearch(subject)
            && int.TryParse(subject.AsSpan(subject.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            search.Forward(new ForgetPruning(index));
        }
        else
        {
            Execute(command);
        }
    }

    private static bool IsSearch(string id) => id.StartsWith("searches/", StringComparison.Ordinal);

    private void OnTrialEnded(TrialState trial)
    {
        _living.Remove(trial.Id.Value);
        if (trial.Result is { } result) Record(new RecordTrialResult(trial.Id, result));
        else if (trial.Phase == TrialPhase.Failed)
            Record(new RecordTrialFailure(trial.Id, trial.Reason!, trial.Kind == FailureKind.Program));
        else OnCancelled(trial.Id);
    }

    private void OnCancelled(TrialId trial)
    {
        // It may have been opened again while it was ending.
        if (State.Unexpected(trial) is null && State.Status != SweepStatus.Cancelled) _waiting.Enqueue(State.Plan!.Find(trial)!.Value);
        EndIfCancelled();
        Advance();
    }

    private void OnSearchEnded(SearchEnded search)
    {
        _living.Remove(search.Id.ToString());
        if (search.Cancelled) EndIfCancelled();
        else Record(new RecordSearchResult(search.Id, search.Best, search.Circuit, search.Points));
    }

    private void OnAttributionEnded(AttributionEnded ended)
    {
        _living.Remove(ended.Trial.Value);
        if (ended.Circuit is { } circuit) Record(new RecordTrialResult(ended.Trial, circuit));
        else if (ended.Failure is { } failure) Record(new RecordTrialFailure(ended.Trial, failure));
        else OnCancelled(ended.Trial);
    }

    /// <summary>
    /// Every write waits for a sync. What is told meanwhile waits in the mailbox before the message to self, and is then stored by one
    /// write.
    /// </summary>
    private void Record(SweepCommand command)
    {
        _told.Add(command);
        if (_told.Count == 1) Self.Tell(RecordDue.Instance);
    }

    private void RecordTold()
    {
        ImmutableArray<SweepCommand> told = [.. _told];
        _told.Clear();
        Execute(told);
    }

    private void Advance()
    {
        if (!_running) return;
        StartWaiting();
        Report();
        if (State.Status == SweepStatus.Completed) DeleteWhatWasStopped();
        if (State.Status == SweepStatus.Completed) End(new SweepOutcome(SweepEnd.Completed, State.Failures()));
        EndIfCancelled();
    }

    // Nobody goes on from there. Not sooner, since a device that is told to stop writes a checkpoint.
    private void DeleteWhatWasStopped()
    {
        if (State.Plan!.Rungs.IsEmpty) return;
        foreach (var model in State.Plan.Models.Where(model => State.Trials.GetValueOrDefault(model.Trial)?.Stopped is not null))
            _services.Files.Tell(new DeleteFile(SweepPlan.Train(model, State.Prepared!).CheckpointFolder));
    }

    private void StartWaiting()
    {
        // What has ended and is not recorded yet counts as well: else trials would end faster than the sweep can note it.
        while (_living.Count + _told.Count < MostLiving && _waiting.TryDequeue(out var item))
            if (State.IsOpen(item)) Start(item); // it may have been given up, or stopped, while it waited
    }

    private void Start(WorkItem item)
    {
        if (item.Stage == SweepStage.Search)
        {
            var search = State.Search(item);
            Start(search.Id.ToString(), SearchActor.Props(_services, search));
            return;
        }
        var (trial, job) = State.Trial(item);
        var retries = State.Retries.GetValueOrDefault(trial);
        Start(trial.Value, item.Stage == SweepStage.Attribution
            ? AttributionActor.Props(_services, _stream, trial, (PruneJob)job, State.Plan!.Spec.Search.Objective, retries)
            : TrialActor.Props(_services, _stream, trial, job, retries, item.Stage == SweepStage.Train ? Compared(item.Model) : null));
    }

    // Those before it in its group run before it, so that it need not run to its end before it is known that it has fallen behind.
    private ComparedTraining? Compared(int model) => State.Plan!.Rungs is { IsEmpty: false } rungs
        ? new ComparedTraining(rungs, model - State.Plan.GroupOf(model).Offset)
        : null;

    private void Start(string id, Props props)
    {
        // Of what was at work when something before it was opened again, and is open once more: it is at work still.
        if (_living.ContainsKey(id)) return;
        // A slash would be a level of its own in the actor's path.
        var name = id.Replace('/', ':');
        // The actor of an earlier end may not have stopped yet.
        if (!Context.Child(name).IsNobody()) name = $"{name}~{(++_again).ToString(CultureInfo.InvariantCulture)}";
        _living.Add(id, Context.ActorOf(props, name));
    }

    private void CancelChildren()
    {
        _waiting.Clear();
        foreach (var (id, child) in _living)
            child.Tell(IsSearch(id) ? new CancelSearch() : new CancelTrial());
    }

    private void EndIfCancelled()
    {
        if (State.Status == SweepStatus.Cancelled && _living.Count == 0) End(new SweepOutcome(SweepEnd.Cancelled, []));
    }

    private static void End(SweepOutcome outcome) => Context.Parent.Tell(new SweepEnded(outcome));

    private void SayStatus() => _services.Progress.Tell(new SweepStatusChanged(State.Status));

    private void SayIfSkipped(SweepEvent happened)
    {
        if (happened is not TrialResultRecorded { Result: EvaluateResult measured } recorded) return;
        var spec = State.Plan!.Spec;
        if (!TaskLearning.IsSkipped(spec, measured)) return;
        _services.Progress.Tell(new SweepLogged(string.Create(
            CultureInfo.InvariantCulture,
            $"{recorded.Trial}: the task is not learned and not searched: calibrated loss {measured.CalibratedLoss:0.000}, where "
                + $"guessing gives {TaskLearning.Chance:0.000} and the target is {spec.Pruning.TargetLoss}")));
    }

    private void SayIfStopped(SweepEvent happened)
    {
        if (happened is not TrainingStopped stopped) return;
        _services.Progress.Tell(new SweepLogged($"{stopped.Trial}: {stopped.Stop}"));
    }

    private IReadOnlyCollection<TrialId> LeftOut(SweepEvent happened) => happened switch
    {
        TrialFailureRecorded failed => [failed.Trial],
        TrainingStopped stopped => [stopped.Trial],
        // What is being made of what there was before it is opened again.
        TrialReopened reopened => State.Needing(reopened.Trial),
        _ => [],
    };

    private void SaySuggested(SweepEvent happened)
    {
        if (happened is not TrainingsSuggested suggested) return;
        var search = State.TrainingSearches[suggested.Group];
        var best = search.Search.Best is { Output: { } loss }
            ? string.Create(CultureInfo.InvariantCulture, $", best loss so far {loss:0.000}")
            : "";
        _services.Progress.Tell(new SweepLogged(string.Create(
            CultureInfo.InvariantCulture,
            $"models/{suggested.Group}: round {suggested.Round + 1} of {search.Rules.Rounds} of its training{best}")));
    }

    private void SayWhatIsLeftOut(SweepEvent happened)
    {
        if (happened is TrialResultRecorded { Result: PrepareResult { LeftOut: { Count: > 0 } leftOut } } recorded)
        {
            _services.Progress.Tell(new SweepLogged(
                $"{recorded.Trial}: left out of the corpus: {CorpusLeftOut.InWords(leftOut)}; examples are in corpus.json"));
        }
    }

    private void Report()
    {
        foreach (var stage in SweepStages.All.Select(stage => stage.Stage).Where(State.Plan!.Spec.Has))
        {
            var (done, total) = State.Count(stage);
            var skipped = stage == SweepStage.Train ? State.NeverSuggested()
                : stage > SweepStage.Evaluate && !SweepStages.Of(stage).IsOfModel ? State.Skipped
                : 0;
            _services.Progress.Tell(new StageProgressed(stage, done, total, State.Failed(stage), skipped));
        }
    }

    private sealed record RecordDue
    {
        public static RecordDue Instance { get; } = new();
    }
}
