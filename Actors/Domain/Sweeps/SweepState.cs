using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Sweeps.Domain.Searches;
using Sweeps.Domain.Trials;
using Sweeps.Search;

namespace Sweeps.Domain.Sweeps;

/// <summary>What came of a trial: a result, or the reason why there is none.</summary>
public sealed record TrialVerdict(JobResult? Result, string? Failure)
{
    /// <summary>Whether the failure is the program's fault, and not the work's.</summary>
    public bool ByTheProgram { get; init; }

    /// <summary>Whether the failure says nothing about what was tried: the program's fault, or given up by command.</summary>
    internal bool IsForgotten => ByTheProgram || Failure == CancelPart.Reason;

    /// <summary>Where a training was stopped early, which is neither a result nor a failure; null when it was not.</summary>
    public EarlyStop? Stopped { get; init; }
}

/// <summary>
/// What came of a search: the index of its best pruning and that one's circuit, or null when all failed; and where others may begin.
/// </summary>
public sealed record SearchVerdict(int? Best, CircuitResult? Circuit, BestPoints? Points = null);

/// <summary>
/// A sweep: what it is, and what its trials and searches have found. What must be done next is a function of that
/// (<see cref="Open"/>), so that a restarted sweep needs no memory of what it was doing.
/// </summary>
public sealed record SweepState
{
    /// <summary>The sweep that nothing has happened to.</summary>
    public static SweepState Initial { get; } = new();

    /// <summary>All models and jobs; null until submitted.</summary>
    public SweepPlan? Plan { get; init; }

    /// <summary>Paused, completed, cancelled or none of these.</summary>
    public SweepStatus Status { get; init; }

    /// <summary>Trials that have ended.</summary>
    public ImmutableDictionary<TrialId, TrialVerdict> Trials { get; init; } = ImmutableDictionary<TrialId, TrialVerdict>.Empty;

    /// <summary>Losses of trainings at the rungs at which they are compared, ascending by step.</summary>
    public ImmutableDictionary<TrialId, ValueList<EvaluatedAt>> Evaluations { get; init; } =
        ImmutableDictionary<TrialId, ValueList<EvaluatedAt>>.Empty;

    /// <summary>The searches over the training of groups, by group.</summary>
    public ImmutableDictionary<string, TrainingSearchState> TrainingSearches { get; init; } =
        ImmutableDictionary<string, TrainingSearchState>.Empty;

    /// <summary>Searches that have ended.</summary>
    public ImmutableDictionary<SearchId, SearchVerdict> Searches { get; init; } = ImmutableDictionary<SearchId, SearchVerdict>.Empty;

    /// <summary>
    /// The circuits that searches had found which have got more rounds since: what was made of them counts on if they stay the best.
    /// </summary>
    public ImmutableDictionary<SearchId, CircuitResult> Former { get; init; } = ImmutableDictionary<SearchId, CircuitResult>.Empty;

    /// <summary>How often trials were opened again, by trial.</summary>
    public ImmutableDictionary<TrialId, int> Retries { get; init; } = ImmutableDictionary<TrialId, int>.Empty;

    /// <summary>Stages that have ended.</summary>
    public ImmutableHashSet<SweepStage> Stages { get; init; } = [];

    /// <summary>The corpus, or null.</summary>
    public PrepareResult? Prepared => Result<PrepareResult>(SweepPlan.Preparation);

    /// <summary>What came of training <paramref name="model"/>, or null.</summary>
    public TrainResult? Trained(PlannedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Result<TrainResult>(model.Trial);
    }

    /// <summary>
    /// The models that go on to their tasks, in the plan's order: of each group that is trained, and whose search has ended where there is
    /// one, the lowest validation loss, the first of equals.
    /// </summary>
    public IEnumerable<PlannedModel> Selected() => Plan is null ? [] : Plan.Groups.Select(Best).OfType<PlannedModel>();

    /// <summary>How many trials or searches of a stage have ended, and how many there are as far as can be told by now.</summary>
    public (int Done, int Total) Count(SweepStage stage)
    {
        var (done, total) = Agenda.Count(stage);
        return (done, stage == SweepStage.Train ? total + ToBeSuggested() : total);
    }

    /// <summary>How many models are not trained, since the search over their group's training has ended before their turn.</summary>
    public int NeverSuggested() => Plan is not { } plan || plan.Spec.TrainingSearch.StallRounds == 0 ? 0 :
        TrainingSearches.Values.Where(search => search.Ended is not null)
            .Sum(search => plan.Spec.TrainingSearch.Trainings - search.Search.Suggestions.Count);

    /// <summary>Whether a model is not trained for that reason.</summary>
    public bool IsNeverSuggested(PlannedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Suggestion is { } index && TrainingSearches.GetValueOrDefault(model.Group) is { Ended: not null } search
            && index >= search.Search.Suggestions.Count;
    }

    /// <summary>The suggestion that a model is trained with; null where its training is not searched, and until it is suggested.</summary>
    public Suggestion? SuggestionOf(PlannedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Suggestion is { } index && TrainingSearches.GetValueOrDefault(model.Group) is { } search
            && index < search.Search.Suggestions.Count
            ? search.Search.Suggestions[index]
            : null;
    }

    /// <summary>A model with all that its training is known to be by now.</summary>
    public PlannedModel WithSuggestion(PlannedModel model) => SuggestionOf(model) is not { } suggestion ? model : model with
    {
        Training = TrainingPoint.Training(TrainingSearches[model.Group].Search.Config.Space, suggestion.Values, model.Training),
    };

    /// <summary>How many of those that have ended were left out.</summary>
    public int Failed(SweepStage stage) => Agenda.Failed(stage);

    /// <summary>
    /// How many tasks were measured and found to be not learned, and have no search for that reason (<see cref="TaskLearning"/>).
    /// </summary>
    public int Skipped => Agenda.Skipped;

    /// <summary>The searches that those tasks would have, in the plan's order.</summary>
    internal IEnumerable<SearchId> SkippedSearches() => Plan is not { } plan ? [] :
        Trials.Keys.Select(Place).Where(IsSkipped).Order().Select(SearchOf);

    /// <summary>What was left out, in the plan's order.</summary>
    public IReadOnlyList<SweepFailure> Failures() => Plan is not { } plan ? [] :
    [
        .. from failed in FailedTrials().Select(trial => (Place: Place(trial.Key), Failure: Failure(trial.Key, trial.Value))).Concat(
            FailedTrainingSearches())
           orderby failed.Place
           select failed.Failure,
        .. from search in FailedSearches()
           orderby plan.Find(search.Key)
           select new SweepFailure(search.Key.ToString(), "every pruning failed"),
    ];

    /// <summary>Everything that must run now, in the plan's order.</summary>
    internal IEnumerable<WorkItem> Open => IsOver ? [] : Agenda.Open;

    /// <summary>Whether it must run now.</summary>
    internal bool IsOpen(WorkItem item) => !IsOver && Agenda.IsOpen(item);

    /// <summary>What became open by an event; this is the state after it.</summary>
    internal IReadOnlyCollection<WorkItem> OpenedBy(SweepEvent happened) => IsOver ? [] : happened switch
    {
        SweepSubmitted => [new WorkItem(SweepStage.Prepare)],
        TrialResultRecorded e => Reach(OpenedBy(Place(e.Trial))).Open,
        TrialFailureRecorded e => Reach(OpenedBy(Place(e.Trial))).Open,
        TrainingStopped e => Reach(OpenedBy(Place(e.Trial))).Open,
        SearchResultRecorded e => Reach(OpenedBy(Place(new SearchId(e.Model, e.Task)))).Open,
        TrialReopened e => Reach([Place(e.Trial)]).Open,
        TrainingsSuggested e => Reach(OpenedBy(e)).Open,
        _ => [],
    };

    /// <summary>The name and the job of an open trial.</summary>
    internal (TrialId Trial, Job Job) Trial(WorkItem item)
    {
        var (plan, model) = (Plan!, Plan!.Models[item.Model]);
        switch (item.Stage)
        {
            case SweepStage.Prepare: return (SweepPlan.Preparation, plan.Prepare());
            case SweepStage.Train when model.Bridged is { } bridged:
                return (model.Trial, plan.Bridge(model, Prepared!, Trained(plan.Dense(bridged.Dense))!));
            case SweepStage.Train: return (model.Trial, SweepPlan.Make(WithSuggestion(model), Prepared!));
            case SweepStage.Search: throw new ArgumentOutOfRangeException(nameof(item), item, "expected a trial");
            case var stage when SweepStages.Of(stage).OfModel is not null:
                return (TrialOf(item), JobOf(item)!);
            default:
                var task = plan.Spec.Tasks[item.Task];
                var inputs = plan.Evaluate(model, task, Prepared!, Trained(model)!);
                return (model.Of(item.Stage, task), SweepStages.Of(item.Stage) switch
                {
                    { OfCircuit: not null } => plan.OfCircuit(
                        item.Stage, model, inputs, Searches[new SearchId(model.Id, task)].Circuit!,
                        Trained(SweepStages.Of(item.Stage).OfDense ? plan.Dense(model.Dense!) : model)!),
                    { OfMeasured: not null } => plan.OfMeasured(item.Stage, model, inputs),
                    _ => inputs,
                });
        }
    }

    /// <summary>What an open search begins with.</summary>
    internal SearchPlan Search(WorkItem item)
    {
        var (plan, model) = (Plan!, Plan!.Models[item.Model]);
        // A search that was never begun, since its task could not be measured, has no points to give.
        var sources = from task in plan.WarmStart(item.Task)
                      let name = plan.Spec.Tasks[task]
                      let points = Searches.GetValueOrDefault(new SearchId(model.Id, name))?.Points
                      where points is not null
                      select new WarmSource(name, points);
        return plan.Search(model, plan.Spec.Tasks[item.Task], Prepared!, Trained(model)!, sources.ToValueList());
    }

    /// <summary>What a command leads to; no decision depends on the time.</summary>
    public static Decision<SweepEvent> Decide(SweepState state, SweepCommand command)
    {
        ArgumentNullException.ThrowIfNull(state);
        return command switch
        {
            SubmitSweep c => state.Submit(c.Spec),
            _ when state.Plan is null => Decision.Refuse<SweepEvent>($"{command.GetType().Name}: there is no sweep yet"),
            RecordTrialResult c => state.RecordTrial(c.Trial, new TrialResultRecorded(c.Trial, c.Result)),
            RecordTrialFailure c => state.RecordTrial(c.Trial, new TrialFailureRecorded(c.Trial, c.Reason, c.ByTheProgram)),
            RecordRung c => state.Record(c),
            RecordSearchResult c => state.RecordSearch(c),
            RetryTrials c => state.Retry(c.Trials),
            CancelPart c => state.Cancel(new TrialId(c.Subject)),
            _ when state.IsOver => Decision.Nothing<SweepEvent>(),
            PauseSweep =>
                state.Status == SweepStatus.Paused ? Decision.Nothing<SweepEvent>() : Decision.Accept<SweepEvent>(new SweepPaused()),
            ResumeSweep =>
                state.Status == SweepStatus.Paused ? Decision.Accept<SweepEvent>(new SweepResumed()) : Decision.Nothing<SweepEvent>(),
            CancelSweep => Decision.Accept<SweepEvent>(new SweepCancelled()),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "expected a command of the sweep"),
        };
    }

    /// <summary>The state after an event.</summary>
    public static SweepState Apply(SweepState state, SweepEvent happened)
    {
        ArgumentNullException.ThrowIfNull(state);
        return happened switch
        {
            SweepSubmitted e => (state with { Plan = SweepPlan.Of(e.Spec) }).WithAgenda(),
            SweepGrown e => state.Grow(e.Spec),
            TrialResultRecorded e => state.With(e.Trial, new TrialVerdict(e.Result, null)),
            TrialFailureRecorded e => state.With(e.Trial, new TrialVerdict(null, e.Reason) { ByTheProgram = e.ByTheProgram }),
            EvaluationRecorded e => state.With(e),
            TrainingStopped e => state.With(e),
            TrainingSearchStarted e => state.With(e.Group, TrainingSearchState.Of(e.Config, state.Plan!.Spec.TrainingSearch.Stopping)),
            TrainingsSuggested e => state.With(e),
            SearchResultRecorded e => state.With(new SearchId(e.Model, e.Task), new SearchVerdict(e.Best, e.Circuit, e.Points)),
            TrialReopened e => state.Reopen(e.Trial),
            StageCompleted e => state with { Stages = state.Stages.Add(e.Stage) },
            SweepPaused => state with { Status = SweepStatus.Paused },
            SweepResumed => state with { Status = SweepStatus.Unfinished },
            SweepCancelled => state with { Status = SweepStatus.Cancelled },
            SweepCompleted => state with { Status = SweepStatus.Completed },
            _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "expected an event of the sweep"),
        };
    }

    /// <summary>Whether two descriptions are the same sweep.</summary>
    public static bool SameSpec(SweepSpec left, SweepSpec right) =>
        JsonSerializer.Serialize(left, JobJson.Options) == JsonSerializer.Serialize(right, JobJson.Options);

    // .NET orders NaN before all numbers.
    private static double OrWorst(double loss) => double.IsNaN(loss) ? double.PositiveInfinity : loss;

    // Follows from the rest. Kept, because to find it anew at each event would be a look at the whole sweep.
    private SweepAgenda Agenda { get; init; } = SweepAgenda.Empty;

    private bool IsOver => Status is SweepStatus.Completed or SweepStatus.Cancelled;

    private T? Result<T>(TrialId trial)
        where T : JobResult => Trials.GetValueOrDefault(trial)?.Result as T;

    /// <summary>
    /// Whether the sweep may go on as <paramref name="spec"/>: it only grows; or it has ended and nothing has been found that depends on
    /// what changes, since its corpus could not be made, or none of its models.
    /// </summary>
    public bool MayBecome(SweepSpec spec)
    {
        if (Plan is null) return true;
        if (Status == SweepStatus.Cancelled) return false;
        if (SpecGrowth.IsGrowth(Plan.Spec, spec)) return true;
        if (Status != SweepStatus.Completed || Trials.Values.Any(verdict => verdict is { Result: not null and not PrepareResult }))
            return false;
        return Prepared is null || MakesTheSameCorpus(spec);
    }

    private bool MakesTheSameCorpus(SweepSpec spec) =>
        JsonSerializer.Serialize<Job>(Plan!.Prepare(), JobJson.Options)
            == JsonSerializer.Serialize<Job>(SweepPlan.Of(spec).Prepare(), JobJson.Options);

    private Decision<SweepEvent> Submit(SweepSpec spec)
    {
        if (Plan is null) return Decision.Accept<SweepEvent>([.. WithTrainings(new SweepSubmitted(spec)).Events]);
        if (!SameSpec(Plan.Spec, spec))
        {
            if (!MayBecome(spec))
                return Decision.Refuse<SweepEvent>($"sweep {Plan.Spec.Name} was begun with another description");
            var grown = WithStages(new SweepGrown(spec));
            return Status == SweepStatus.Paused ? Decision.Accept<SweepEvent>([.. grown.Events, new SweepResumed()]) : grown;
        }
        return Status == SweepStatus.Paused ? Decision.Accept<SweepEvent>(new SweepResumed()) : Decision.Nothing<SweepEvent>();
    }

    private Decision<SweepEvent> RecordTrial(TrialId trial, SweepEvent recorded)
    {
        if (Trials.ContainsKey(trial) || Status == SweepStatus.Cancelled) return Decision.Nothing<SweepEvent>();
        return Unexpected(trial) is { } reason ? Decision.Refuse<SweepEvent>(reason) : WithStages(recorded);
    }

    /// <summary>Why an end of <paramref name="trial"/> is refused, or null when it is open.</summary>
    internal string? Unexpected(TrialId trial) =>
        Plan!.Find(trial) is { } item && Agenda.IsOpen(item) ? null : $"{trial} is no trial of the sweep";

    private Decision<SweepEvent> Record(RecordRung command)
    {
        var trial = command.Trial;
        // Of one that has failed and is tried again no more is compared: others may have gone on without it.
        if (Trials.ContainsKey(trial) || Retries.ContainsKey(trial) || Status == SweepStatus.Cancelled)
            return Decision.Nothing<SweepEvent>();
        if (Unexpected(trial) is { } reason) return Decision.Refuse<SweepEvent>(reason);
        if (Place(trial).Stage != SweepStage.Train || !Plan!.Rungs.Contains(command.Step))
            return Decision.Refuse<SweepEvent>($"{trial} is not compared at step {command.Step}");
        if (!double.IsFinite(command.Loss))
        {
            return Decision.Refuse<SweepEvent>(string.Create(
                CultureInfo.InvariantCulture, $"the loss of {trial} at step {command.Step} is {command.Loss}: expected a finite number"));
        }
        if (Evaluations.GetValueOrDefault(trial).FirstOrDefault(known => known.Step == command.Step) is not { Step: > 0 } first)
            return WithStages(new EvaluationRecorded(trial, command.Step, command.Loss));
        return first.Loss.Equals(command.Loss)
            ? Decision.Nothing<SweepEvent>()
            : Decision.Refuse<SweepEvent>(string.Create(
                CultureInfo.InvariantCulture, $"the loss of {trial} at step {command.Step} is {first.Loss}, and not {command.Loss}"));
    }

    private Decision<SweepEvent> RecordSearch(RecordSearchResult command)
    {
        var search = command.Search;
        if (Searches.ContainsKey(search) || Status == SweepStatus.Cancelled) return Decision.Nothing<SweepEvent>();
        return Plan!.Find(search) is { } item && Agenda.IsOpen(item)
            ? WithStages(new SearchResultRecorded(search.Model, search.Task, command.Best, command.Circuit, command.Points))
            : Decision.Refuse<SweepEvent>($"{search} is no search of the sweep");
    }

    /// <summary>
    /// The event, then the trainings that are stopped and those that are suggested because of it. All are stored together: no crash falls
    /// between a round and the next.
    /// </summary>
    private (List<SweepEvent> Events, SweepState After) WithTrainings(SweepEvent recorded)
    {
        var after = Apply(this, recorded);
        var events = new List<SweepEvent> { recorded };
        foreach (var stopped in after.DueStops(recorded)) Add(stopped);
        foreach (var first in after.ConcernedBy(recorded))
        {
            if (!after.TrainingSearches.ContainsKey(first.Group))
                Add(new TrainingSearchStarted(first.Group, after.Plan!.TrainingSearch(first)));
            var search = after.TrainingSearches[first.Group];
            if (search.IsDue) Add(new TrainingsSuggested(first.Group, search.Search.ClosedRounds, search.Suggest()));
        }
        return (events, after);

        void Add(SweepEvent due)
        {
            events.Add(due);
            after = Apply(after, due);
        }
    }

    /// <summary>The first models of the groups whose training is searched and may be due a round because of an event.</summary>
    private IEnumerable<PlannedModel> ConcernedBy(SweepEvent happened)
    {
        if (!Plan!.Spec.TrainingSearch.IsOn) return [];
        return happened switch
        {
            SweepSubmitted or SweepGrown => Plan.Searched,
            TrialResultRecorded e => Group(e.Trial),
            TrialFailureRecorded e => Group(e.Trial),
            EvaluationRecorded e => Group(e.Trial),
            _ => [],
        };

        IEnumerable<PlannedModel> Group(TrialId trial) =>
            Place(trial) is { Stage: SweepStage.Train } item ? Plan.GroupOf(item.Model).Take(1).Where(first => first.Suggestion == 0) : [];
    }

    /// <summary>The trainings that have to be stopped because of an event, in the plan's order; this is the state after it.</summary>
    internal IReadOnlyList<TrainingStopped> DueStops(SweepEvent happened)
    {
        TrialId? concerned = happened switch
        {
            TrialResultRecorded e => e.Trial,
            TrialFailureRecorded e => e.Trial,
            EvaluationRecorded e => e.Trial,
            _ => null,
        };
        return concerned is { } trial && Place(trial) is { Stage: SweepStage.Train } item ? DueStops(Plan!.GroupOf(item.Model)) : [];
    }

    /// <summary>The trainings of a group that have to be stopped, in the plan's order.</summary>
    internal IReadOnlyList<TrainingStopped> DueStops(IReadOnlyList<PlannedModel> members) =>
    [
        .. from judged in Judged(members)
           let stop = judged.Judgement.Stop
           where stop is not null
           select new TrainingStopped(judged.Model.Trial, stop),
    ];

    /// <summary>
    /// What is to be said of the trainings of a group, from the first that may not be settled on; empty where none is compared.
    /// </summary>
    private IEnumerable<(PlannedModel Model, RungJudgement Judgement)> Judged(IReadOnlyList<PlannedModel> group)
    {
        if (!IsCompared(group)) return [];
        // A round is closed when all of it is settled.
        var first = group[0].Suggestion is null || !TrainingSearches.TryGetValue(group[0].Group, out var search)
            ? 0
            : search.Search.ClosedRounds * search.Search.Config.BatchSize;
        var trainings = group.Select(model => new RungTraining(
            Evaluations.GetValueOrDefault(model.Trial),
            Trials.ContainsKey(model.Trial) || Retries.ContainsKey(model.Trial),
            Trials.GetValueOrDefault(model.Trial)?.Stopped?.Step)).ToArray();
        return group.Skip(first).Zip(RungJudge.Judge(Plan!.Spec.EarlyStopping, Plan.Rungs, trainings, first));
    }

    private bool IsCompared(IReadOnlyList<PlannedModel> group) => !Plan!.Rungs.IsEmpty && group.Count > 1;

    /// <summary>
    /// The event, then the trainings and the stages that it leads to, then the end of the sweep if that was the last of it.
    /// </summary>
    private Decision<SweepEvent> WithStages(SweepEvent recorded)
    {
        var (events, after) = WithTrainings(recorded);
        // A stage can only be complete when those before it are: until then more of it may come.
        var done = SweepStages.All.Select(stage => stage.Stage).TakeWhile(after.Agenda.IsDone).ToList();
        events.AddRange(done.Where(stage => !Stages.Contains(stage) && Plan!.Spec.Has(stage)).Select(stage => new StageCompleted(stage)));
        if (done.Count == SweepStages.All.Length) events.Add(new SweepCompleted(after.Failures()));
        return Decision.Accept<SweepEvent>([.. events]);
    }

    private Decision<SweepEvent> Cancel(TrialId trial)
    {
        if (Trials.ContainsKey(trial) || IsOver) return Decision.Nothing<SweepEvent>();
        return Plan!.Find(trial) is { } item && Agenda.IsOpen(item)
            ? WithStages(new TrialFailureRecorded(trial, CancelPart.Reason))
            : Decision.Refuse<SweepEvent>($"{trial} is no trial, search or pruning of the sweep that is at work");
    }

    private Decision<SweepEvent> Retry(IReadOnlyList<TrialId> trials)
    {
        if (Status == SweepStatus.Cancelled) return Decision.Refuse<SweepEvent>("the sweep was cancelled for good");
        IReadOnlyList<TrialId> retried = trials.Count > 0
            ? [.. trials.Distinct()]
            : TriedAgain();
        foreach (var trial in retried)
        {
            if (Plan!.Find(trial) is not { } place)
                return Decision.Refuse<SweepEvent>(
                    $"{trial} is no trial of the sweep; what failed in a search is what it has learned, and is not tried again");
            if (IsSearchedTraining(place))
                return Decision.Refuse<SweepEvent>(
                    $"{trial} is of a search over the training; what failed in a search is what it has learned, and is not tried again");
            if (Trials.GetValueOrDefault(trial)?.Stopped is { } stopped)
                return Decision.Refuse<SweepEvent>($"{trial} was {stopped}; it has not failed, and is not tried again");
            if (Trials.GetValueOrDefault(trial)?.Failure is null) return Decision.Refuse<SweepEvent>($"{trial} has not failed");
        }
        if (retried.Count > 0) return Decision.Accept<SweepEvent>([.. retried.Select(trial => new TrialReopened(trial))]);
        return Failures() is [{ Subject: var search }, ..]
            ? Decision.Refuse<SweepEvent>(
                $"only searches have failed, such as {search}: what failed in a search is what it has learned, and is not tried again")
            : Decision.Nothing<SweepEvent>();
    }

    private SweepState With(TrialId trial, TrialVerdict verdict)
    {
        var (item, after) = (Place(trial), this with { Trials = Trials.Add(trial, verdict) });
        if (IsSearchedTraining(item)) after = after.WithObservations(Plan!.GroupOf(item.Model));
        return after.End(item);
    }

    private SweepState With(EvaluationRecorded happened)
    {
        var after = this with
        {
            Evaluations = Evaluations.SetItem(
                happened.Trial, Evaluations.GetValueOrDefault(happened.Trial).Add(new EvaluatedAt(happened.Step, happened.Loss))),
        };
        var item = Place(happened.Trial);
        return IsSearchedTraining(item) ? after.WithObservations(Plan!.GroupOf(item.Model)) : after;
    }

    private SweepState With(TrainingStopped happened)
    {
        var (item, hadEnded) = (Place(happened.Trial), Trials.ContainsKey(happened.Trial));
        var after = this with { Trials = Trials.SetItem(happened.Trial, new TrialVerdict(null, null) { Stopped = happened.Stop }) };
        if (IsSearchedTraining(item)) after = after.WithObservations(Plan!.GroupOf(item.Model));
        return hadEnded ? after.WithAgenda() : after.End(item);
    }

    /// <summary>
    /// With what the search over a group's training learns of those that have ended and are settled: that will not be found to have been
    /// stopped any more.
    /// </summary>
    internal SweepState WithObservations(IReadOnlyList<PlannedModel> members)
    {
        var search = TrainingSearches[members[0].Group];
        var open = Judged(members).Where(judged => judged.Judgement != default).Select(judged => judged.Model.Suggestion).ToHashSet();
        var settled = from suggestion in search.Search.Outstanding
                      where !open.Contains(suggestion.Index)
                      let verdict = Trials.GetValueOrDefault(members[suggestion.Index].Trial)
                      where verdict is not null
                      select (suggestion.Index, Verdict: verdict);
        return With(members[0].Group, settled.ToList().Aggregate(search, (known, of) => known.With(of.Index, of.Verdict)));
    }

    private SweepState With(string group, TrainingSearchState search) =>
        this with { TrainingSearches = TrainingSearches.SetItem(group, search) };

    private SweepState With(TrainingsSuggested happened)
    {
        var after = With(happened.Group, TrainingSearches[happened.Group].With(happened.Suggestions));
        return after with { Agenda = after.Extend(Agenda, after.OpenedBy(happened)) };
    }

    private SweepState With(SearchId search, SearchVerdict verdict)
    {
        var after = this with { Searches = Searches.Add(search, verdict), Former = Former.Remove(search) };
        if (Former.TryGetValue(search, out var former) && former != verdict.Circuit) after = after.WithoutTrialsOf(search);
        return after.End(Place(search));
    }

    /// <summary>Without what was made of a search's circuit, which is no longer its best.</summary>
    private SweepState WithoutTrialsOf(SearchId search)
    {
        var item = Place(search);
        return Without([.. SweepStages.OfCircuits.Select(stage => TrialOf(item with { Stage = stage.Stage })).Where(Trials.ContainsKey)]);
    }

    private SweepState Grow(SweepSpec spec)
    {
        var before = Plan!.Spec;
        if (!SpecGrowth.IsGrowth(before, spec)) return BegunAnew(spec);
        var grown = this with
        {
            Plan = SweepPlan.Of(spec),
            Status = Status == SweepStatus.Completed ? SweepStatus.Unfinished : Status,
            TrainingSearches = TrainingSearches.ToImmutableDictionary(of => of.Key, of => of.Value.Under(spec.TrainingSearch.Stopping)),
        };
        // A curve of more losses is another one.
        if (!spec.TargetLosses.SequenceEqual(before.TargetLosses)) grown = grown.Without([.. grown.Trials.Keys.Where(IsCurve)]);
        // And so is a comparison of more dictionaries.
        if (JsonSerializer.Serialize(spec.Autoencoders, JobJson.Options) != JsonSerializer.Serialize(before.Autoencoders, JobJson.Options))
            grown = grown.Without([.. grown.Trials.Keys.Where(IsComparison)]);
        if (spec.Search.Rounds == before.Search.Rounds) return grown.WithAgenda();
        var circuits = Searches.Where(search => search.Value.Circuit is not null).Select(
            search => KeyValuePair.Create(search.Key, search.Value.Circuit!));
        return (grown with { Former = Former.AddRange(circuits), Searches = Searches.Clear() }).WithAgenda();

        bool IsCurve(TrialId trial) => grown.Plan!.Find(trial) is { Stage: SweepStage.Curve };

        // Or what is made of one, or of the best autoencoders of all.
        bool IsComparison(TrialId trial) => grown.Plan!.Find(trial) is { } item && (
            item.Stage is SweepStage.Dictionaries or SweepStage.BasisPrunings or SweepStage.BasisCircuits
            || (SweepStages.Of(item.Stage).OfModel is { } parts && spec.Autoencoders.IsOn && parts.Needs(spec, item.Task).Any(
                needed => needed.Stage == SweepStage.Dictionaries)));
    }

    /// <summary>
    /// Another sweep, with the corpus of this one if that was made. All else has failed, and what has the same name is a new try.
    /// </summary>
    private SweepState BegunAnew(SweepSpec spec)
    {
        var failed = Trials.Where(trial => trial.Value.Failure is not null).Select(trial => trial.Key);
        return (Initial with
        {
            Plan = SweepPlan.Of(spec),
            Trials = Trials.RemoveRange(failed),
            Retries = failed.Aggregate(Retries, (retries, trial) => retries.SetItem(trial, retries.GetValueOrDefault(trial) + 1)),
        }).WithAgenda();
    }

    /// <summary>Without the results of these trials, which are begun anew.</summary>
    private SweepState Without(ImmutableArray<TrialId> trials) => this with
    {
        Trials = Trials.RemoveRange(trials),
        Retries = trials.Aggregate(Retries, (retries, trial) => retries.SetItem(trial, retries.GetValueOrDefault(trial) + 1)),
    };

    /// <summary>After the end of what is open, whose verdict is there.</summary>
    private SweepState End(WorkItem item) =>
        this with { Agenda = Extend(Agenda.End(item, HasFailed(item), IsSkipped(item)), OpenedBy(item)) };

    private SweepState Reopen(TrialId trial)
    {
        // What was made of what there was of it, or is being made, is made again.
        var after = Without([trial, .. Needing(trial).Where(needing => Trials.ContainsKey(needing) || Agenda.IsOpen(Place(needing)))]) with
        {
            Status = Status == SweepStatus.Completed ? SweepStatus.Unfinished : Status,
        };
        return after.WithAgenda();
    }

    /// <summary>With what is open found anew from the results, and without the stages that are open again.</summary>
    internal SweepState WithAgenda()
    {
        var agenda = Extend(SweepAgenda.Empty, [new WorkItem(SweepStage.Prepare)]);
        return this with
        {
            Agenda = agenda,
            Stages = Stages.Intersect(SweepStages.All.Select(stage => stage.Stage).TakeWhile(agenda.IsDone))
        };
    }

    private SweepAgenda Extend(SweepAgenda agenda, IEnumerable<WorkItem> opened)
    {
        var (open, ended) = Reach(opened);
        return ended.Aggregate(agenda.Add(open.Concat(ended)), (a, item) => a.End(item, HasFailed(item), IsSkipped(item)));
    }

    /// <summary>
    /// What of <paramref name="opened"/> is open, and what has ended already, each with what follows from it: after a trial was opened
    /// again, most of what it opens
    /// once more is there.
    /// </summary>
    private (List<WorkItem> Open, List<WorkItem> Ended) Reach(IEnumerable<WorkItem> opened)
    {
        List<WorkItem> open = [], ended = [];
        var seen = new HashSet<WorkItem>();
        var next = new Queue<WorkItem>(opened);
        while (next.TryDequeue(out var item))
        {
            // Several that have ended may open one.
            if (!seen.Add(item)) continue;
            if (!HasEnded(item))
            {
                open.Add(item);
                continue;
            }
            ended.Add(item);
            foreach (var follows in OpenedBy(item)) next.Enqueue(follows);
        }
        return (open, ended);
    }

    private bool HasEnded(WorkItem item) =>
        item.Stage == SweepStage.Search ? Searches.ContainsKey(SearchOf(item)) : Trials.ContainsKey(TrialOf(item));

    private bool HasFailed(WorkItem item) => item.Stage == SweepStage.Search
        ? Searches.GetValueOrDefault(SearchOf(item)) is { Best: null }
        : Trials.GetValueOrDefault(TrialOf(item)) is { Failure: not null };

    private TrialId TrialOf(WorkItem item) => item.Stage switch
    {
        SweepStage.Prepare => SweepPlan.Preparation,
        SweepStage.Train => Plan!.Models[item.Model].Trial,
        _ => Plan!.Models[item.Model].Of(item.Stage, Plan.Parts(item.Stage)[item.Task]),
    };

    /// <summary>The job of a part of a model; null where what it needs has not ended, or has failed so that there is none.</summary>
    private Job? JobOf(WorkItem item)
    {
        var model = Plan!.Models[item.Model];
        if (Prepared is not { } prepared || Trained(model) is not { } trained) return null;
        var part = new ModelPart(item.Stage, item.Task);
        return SweepStages.Of(item.Stage).OfModel!.Needs(Plan.Spec, item.Task).All(needed => HasEnded(At(needed)))
            ? Plan.OfModel(part, model, prepared, trained, needed => Result<JobResult>(TrialOf(At(needed))))
            : null;

        WorkItem At(ModelPart needed) => new(needed.Stage, item.Model, needed.Index);
    }

    /// <summary>The trials that need one to have ended, and those that need these, and so on.</summary>
    internal IReadOnlyCollection<TrialId> Needing(TrialId trial)
    {
        return [.. Of(Place(trial)).Select(TrialOf).Distinct()];

        IEnumerable<WorkItem> Of(WorkItem needed) =>
            from part in Plan!.Needing(new ModelPart(needed.Stage, needed.Task))
            let needing = new WorkItem(part.Stage, needed.Model, part.Index)
            from one in Of(needing).Prepend(needing)
            select one;
    }

    private SearchId SearchOf(WorkItem item) => new(Plan!.Models[item.Model].Id, Plan.Spec.Tasks[item.Task]);

    /// <summary>The failed trials that are opened again when none is named, in the plan's order.</summary>
    internal IReadOnlyList<TrialId> TriedAgain() =>
        [.. FailedTrials().Select(trial => trial.Key).OrderBy(trial => Plan!.Find(trial))];

    private List<KeyValuePair<TrialId, TrialVerdict>> FailedTrials() =>
        Counted(Trials.Where(trial => trial.Value.Failure is not null && !IsSearchedTraining(Place(trial.Key))), Place);

    private static SweepFailure Failure(TrialId trial, TrialVerdict verdict) => new(trial.Value, verdict.Failure!);

    // A training that fails in a search is what the search has learned; only when all of them do, there is nothing to go on with.
    private IEnumerable<(WorkItem Place, SweepFailure Failure)> FailedTrainingSearches() =>
        from search in TrainingSearches
        where search.Value.Ended is not null
        let first = Plan!.IndexOf(search.Key, 0)!.Value
        let trained = Plan!.GroupOf(first).Where(model => Trials.ContainsKey(model.Trial)).ToList()
        where Best(trained) is null
        let failed = trained.Select(model => Trials[model.Trial].Failure).OfType<string>().ToList()
        select (new WorkItem(SweepStage.Train, first), new SweepFailure(
            $"{SweepPlan.ModelFolder}{search.Key}",
            failed.Count == trained.Count
                ? $"every training of its search failed; the last: {failed[^1]}"
                : $"every training of its search failed that was not stopped early; the last: {failed[^1]}"));

    private bool IsSearchedTraining(WorkItem item) =>
        item.Stage == SweepStage.Train && Plan!.Models[item.Model].Suggestion is not null;

    private List<KeyValuePair<SearchId, SearchVerdict>> FailedSearches() =>
        Counted(Searches.Where(search => search.Value.Best is null), Place);

    /// <summary>
    /// Those of <paramref name="ended"/> that count: not those of the tasks of a model that another one has replaced since.
    /// </summary>
    private List<KeyValuePair<TKey, TValue>> Counted<TKey, TValue>(
        IEnumerable<KeyValuePair<TKey, TValue>> ended, Func<TKey, WorkItem> place)
    {
        var all = ended.Select(of => (Of: of, Place: place(of.Key))).ToList();
        if (!all.Exists(of => of.Place.Stage > SweepStage.Train)) return all.ConvertAll(of => of.Of);
        var selected = Selected().Select(Plan!.IndexOf).ToHashSet();
        return [.. all.Where(of => of.Place.Stage <= SweepStage.Train || selected.Contains(of.Place.Model)).Select(of => of.Of)];
    }

    private WorkItem Place(TrialId trial) =>
        Plan?.Find(trial) ?? throw new ArgumentException($"{trial} is no trial of the sweep", nameof(trial));

    private WorkItem Place(SearchId search) =>
        Plan?.Find(search) ?? throw new ArgumentException($"{search} is no search of the sweep", nameof(search));

    /// <summary>What the end of a trial or a search opens; this is the state after it.</summary>
    private List<WorkItem> OpenedBy(WorkItem ended)
    {
        var plan = Plan!;
        switch (ended.Stage)
        {
            case SweepStage.Prepare when Prepared is not null:
                return
                [
                    // Bridged ones wait for the dense model.
                    .. plan.Models.Index().Where(model => model.Item.Bridged is null
                            && (model.Item.Suggestion is null || SuggestionOf(model.Item) is not null))
                        .Select(model => new WorkItem(SweepStage.Train, model.Index)),
                ];
            case SweepStage.Train:
                var bridged = Trained(plan.Models[ended.Model]) is null ? [] : plan.BridgedTo(plan.Models[ended.Model]);
                IEnumerable<WorkItem> waiting =
                    [.. bridged.Select(index => new WorkItem(SweepStage.Train, index)), .. OpenedByDense(plan.Models[ended.Model])];
                if (Best(plan.GroupOf(ended.Model)) is not { } best) return [.. waiting];
                var model = plan.IndexOf(best);
                return
                [
                    .. plan.Spec.Tasks.Select((_, i) => new WorkItem(SweepStage.Evaluate, model, i)),
                    .. from stage in SweepStages.OfModels
                       where stage.IsIn(plan.Spec)
                       from part in Enumerable.Range(0, plan.Parts(stage.Stage).Count)
                       where !stage.OfModel!.Needs(plan.Spec, part).Any()
                       let item = new WorkItem(stage.Stage, model, part)
                       where JobOf(item) is not null
                       select item,
                    .. waiting,
                ];
            case SweepStage.Evaluate when GoesOn(ended):
                var search = ended with { Stage = SweepStage.Search };
                return
                [
                    .. IsReady(ended) ? [search] : Array.Empty<WorkItem>(), .. In(SweepStages.OfMeasured, ended), .. OpenedByPart(ended),
                ];
            case SweepStage.Evaluate:
                return [.. OpenedBySearchOf(ended)];
            case SweepStage.Search:
                var found = Searches[SearchOf(ended)].Circuit is not null;
                return [.. OpenedBySearchOf(ended), .. found ? In(SweepStages.OfCircuits, ended) : []];
            case var stage when SweepStages.Of(stage).OfModel is not null:
                return [.. OpenedByPart(ended)];
            default:
                return [];
        }
    }

    /// <summary>The trials of circuits that waited for a dense model, which has been trained.</summary>
    private IEnumerable<WorkItem> OpenedByDense(PlannedModel dense) => Trained(dense) is null ? [] :
        from model in Plan!.ComparedWith(dense)
        where Best(Plan.GroupOf(model)) is { } best && Plan.IndexOf(best) == model
        from task in Enumerable.Range(0, Plan.Spec.Tasks.Count)
        let search = new WorkItem(SweepStage.Search, model, task)
        where Searches.GetValueOrDefault(SearchOf(search)) is { Circuit: not null }
        from item in In(SweepStages.OfDense, search)
        select item;

    /// <summary>The parts of a model that waited for one that has ended, and for no other.</summary>
    private IEnumerable<WorkItem> OpenedByPart(WorkItem ended) =>
        Plan!.Needing(new ModelPart(ended.Stage, ended.Task))
            .Select(part => new WorkItem(part.Stage, ended.Model, part.Index)).Where(item => JobOf(item) is not null);

    /// <summary>The trainings that are suggested; none before there is a corpus, whose end opens them.</summary>
    private IEnumerable<WorkItem> OpenedBy(TrainingsSuggested happened) => Prepared is null ? [] :
        happened.Suggestions.Select(suggestion => new WorkItem(SweepStage.Train, Plan!.IndexOf(happened.Group, suggestion.Index)!.Value));

    /// <summary>How many trainings the searches that go on may still suggest.</summary>
    private int ToBeSuggested() => Prepared is null || !Plan!.Spec.TrainingSearch.IsOn ? 0 :
        TrainingSearches.Values.Where(search => search.Ended is null)
            .Sum(search => Plan.Spec.TrainingSearch.Trainings - search.Search.Suggestions.Count);

    /// <summary>The same model and task in those of some stages that the sweep has.</summary>
    private IEnumerable<WorkItem> In(ImmutableArray<StageDefinition> stages, WorkItem ended) =>
        stages.Where(stage =>
                stage.IsIn(Plan!.Spec) && stage.IsFor(Plan.Models[ended.Model], Plan.Spec.Tasks[ended.Task])
                && (!stage.OfDense || Trained(Plan.Dense(Plan.Models[ended.Model].Dense!)) is not null))
            .Select(stage => ended with { Stage = stage.Stage });

    /// <summary>The searches that waited for that of a task, which has ended or will never be, and for no other.</summary>
    private IEnumerable<WorkItem> OpenedBySearchOf(WorkItem ended) =>
        Plan!.Spec.Tasks.Select((_, task) => new WorkItem(SweepStage.Search, ended.Model, task))
        .Where(item => Plan.WarmStart(item.Task).Contains(ended.Task) && GoesOn(item) && !HasEnded(item) && IsReady(item));

    /// <summary>
    /// Whether the unpruned model's loss on the task is known, and is not that of a task to skip: otherwise there is no search.
    /// </summary>
    private bool GoesOn(WorkItem item) =>
        Result<EvaluateResult>(Evaluation(item)) is { } measured && !TaskLearning.IsSkipped(Plan!.Spec, measured);

    private bool IsSkipped(WorkItem item) => item.Stage == SweepStage.Evaluate
        && Result<EvaluateResult>(TrialOf(item)) is { } measured && TaskLearning.IsSkipped(Plan!.Spec, measured);

    /// <summary>
    /// Whether every search that this one begins from has ended, or will never be; or did, before one of them was opened again.
    /// </summary>
    private bool IsReady(WorkItem item) =>
        Searches.ContainsKey(SearchOf(item)) || Plan!.WarmStart(item.Task).Select(task => item with { Task = task })
        .All(source => Searches.ContainsKey(SearchOf(source)) || (Trials.ContainsKey(Evaluation(source)) && !GoesOn(source)));

    private TrialId Evaluation(WorkItem item) => Plan!.Models[item.Model].Of(SweepStage.Evaluate, Plan.Spec.Tasks[item.Task]);

    /// <summary>The best of a group once all of it has ended; null before, and when all of it failed.</summary>
    private PlannedModel? Best(IReadOnlyList<PlannedModel> group) =>
        HasEnded(group)
            ? group.Where(m => Trained(m) is not null).MinBy(m => OrWorst(Trained(m)!.ValidationLoss))
            : null;

    private bool HasEnded(IReadOnlyList<PlannedModel> group) => group[0].Suggestion is null
        ? group.All(m => Trials.ContainsKey(m.Trial)) && Judged(group).All(judged => judged.Judgement == default)
        : TrainingSearches.GetValueOrDefault(group[0].Group)?.Ended is not null;
}
