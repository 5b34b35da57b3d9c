using System.Collections.Immutable;
using System.Text.Json;
using Sweeps.Actors.Searches;
using Sweeps.Actors.Trials;
using Sweeps.ModelCore.Jobs;

namespace Sweeps.Actors.Sweeps;

/// <summary>What came of a trial: a result, or the reason why there is none.</summary>
public sealed record TrialVerdict(JobResult? Result, string? Failure);

/// <summary>What came of a search: the index of its best pruning, or null when all failed.</summary>
public sealed record SearchVerdict(int? Best);

/// <summary>
/// A sweep: what it is, and what its trials and searches have found. What must be done next is a function of that
/// (<see cref="OpenTrials"/>, <see cref="OpenSearches"/>), so that a restarted sweep needs no memory of what it was doing.
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

    /// <summary>Searches that have ended.</summary>
    public ImmutableDictionary<SearchId, SearchVerdict> Searches { get; init; } = ImmutableDictionary<SearchId, SearchVerdict>.Empty;

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

    /// <summary>The models that go on to their tasks, in the plan's order: of each group that is trained, the lowest validation loss, the first of equals.</summary>
    public IEnumerable<PlannedModel> Selected() =>
        Plan is null ? [] :
        from @group in Plan.Groups
        where @group.All(m => Trials.ContainsKey(m.Trial))
        let best = @group.Where(m => Trained(m) is not null).MinBy(m => OrWorst(Trained(m)!.ValidationLoss))
        where best is not null
        select best;

    /// <summary>Every trial of the sweep that can be named by now, with its job, in the plan's order.</summary>
    public IEnumerable<(SweepStage Stage, TrialId Trial, Func<Job> Job)> KnownTrials()
    {
        if (Plan is not { } plan) yield break;
        yield return (SweepStage.Prepare, SweepPlan.Preparation, plan.Prepare);
        if (Prepared is not { } prepared) yield break;
        foreach (var model in plan.Models) yield return (SweepStage.Train, model.Trial, () => SweepPlan.Train(model, prepared));
        foreach (var model in Selected())
            foreach (var task in plan.Spec.Tasks)
                yield return (SweepStage.Evaluate, model.Evaluation(task), () => plan.Evaluate(model, task, prepared, Trained(model)!));
    }

    /// <summary>Every search that can be named by now, in the plan's order: of the tasks that could be measured on the unpruned model.</summary>
    public IEnumerable<SearchPlan> KnownSearches() =>
        Plan is not { } plan || Prepared is not { } prepared ? [] :
        from model in Selected()
        from task in plan.Spec.Tasks
        where Result<EvaluateResult>(model.Evaluation(task)) is not null
        select plan.Search(model, task, prepared, Trained(model)!);

    /// <summary>Trials that must run now.</summary>
    public IEnumerable<(TrialId Trial, Job Job)> OpenTrials() =>
        IsOver ? [] : KnownTrials().Where(t => !Trials.ContainsKey(t.Trial)).Select(t => (t.Trial, t.Job()));

    /// <summary>Searches that must run now.</summary>
    public IEnumerable<SearchPlan> OpenSearches() => IsOver ? [] : KnownSearches().Where(s => !Searches.ContainsKey(s.Id));

    /// <summary>How many trials or searches of a stage have ended, and how many there are as far as can be told by now.</summary>
    public (int Done, int Total) Count(SweepStage stage)
    {
        if (stage == SweepStage.Search) return (Searches.Count, KnownSearches().Count());
        var known = KnownTrials().Where(t => t.Stage == stage).ToList();
        return (known.Count(t => Trials.ContainsKey(t.Trial)), known.Count);
    }

    /// <summary>What was left out, in the plan's order.</summary>
    public IReadOnlyList<SweepFailure> Failures() =>
    [
        .. from trial in KnownTrials()
           where Trials.GetValueOrDefault(trial.Trial)?.Failure is not null
           select new SweepFailure(trial.Trial.Value, Trials[trial.Trial].Failure!),
        .. from search in KnownSearches()
           where Searches.TryGetValue(search.Id, out var verdict) && verdict.Best is null
           select new SweepFailure(search.Id.ToString(), "every pruning failed"),
    ];

    /// <summary>What a command leads to; no decision depends on the time.</summary>
    public static Decision<SweepEvent> Decide(SweepState state, SweepCommand command)
    {
        ArgumentNullException.ThrowIfNull(state);
        return command switch
        {
            SubmitSweep c => state.Submit(c.Spec),
            _ when state.Plan is null => Decision.Refuse<SweepEvent>($"{command.GetType().Name}: there is no sweep yet"),
            RecordTrialResult c => state.RecordTrial(c.Trial, new TrialResultRecorded(c.Trial, c.Result)),
            RecordTrialFailure c => state.RecordTrial(c.Trial, new TrialFailureRecorded(c.Trial, c.Reason)),
            RecordSearchResult c => state.RecordSearch(c),
            _ when state.IsOver => Decision.Nothing<SweepEvent>(),
            PauseSweep => state.Status == SweepStatus.Paused ? Decision.Nothing<SweepEvent>() : Decision.Accept<SweepEvent>(new SweepPaused()),
            ResumeSweep => state.Status == SweepStatus.Paused ? Decision.Accept<SweepEvent>(new SweepResumed()) : Decision.Nothing<SweepEvent>(),
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
            SweepSubmitted e => state with { Plan = SweepPlan.Of(e.Spec) },
            TrialResultRecorded e => state with { Trials = state.Trials.Add(e.Trial, new TrialVerdict(e.Result, null)) },
            TrialFailureRecorded e => state with { Trials = state.Trials.Add(e.Trial, new TrialVerdict(null, e.Reason)) },
            SearchResultRecorded e => state with { Searches = state.Searches.Add(new SearchId(e.Model, e.Task), new SearchVerdict(e.Best)) },
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

    private bool IsOver => Status is SweepStatus.Completed or SweepStatus.Cancelled;

    private T? Result<T>(TrialId trial)
        where T : JobResult => Trials.GetValueOrDefault(trial)?.Result as T;

    private Decision<SweepEvent> Submit(SweepSpec spec)
    {
        if (Plan is null) return Decision.Accept<SweepEvent>(new SweepSubmitted(spec));
        if (!SameSpec(Plan.Spec, spec)) return Decision.Refuse<SweepEvent>($"sweep {Plan.Spec.Name} was begun with another description");
        return Status == SweepStatus.Paused ? Decision.Accept<SweepEvent>(new SweepResumed()) : Decision.Nothing<SweepEvent>();
    }

    private Decision<SweepEvent> RecordTrial(TrialId trial, SweepEvent recorded)
    {
        if (Trials.ContainsKey(trial) || Status == SweepStatus.Cancelled) return Decision.Nothing<SweepEvent>();
        return KnownTrials().Any(t => t.Trial == trial) ? WithStages(recorded) : Decision.Refuse<SweepEvent>($"{trial} is no trial of the sweep");
    }

    private Decision<SweepEvent> RecordSearch(RecordSearchResult command)
    {
        var search = command.Search;
        if (Searches.ContainsKey(search) || Status == SweepStatus.Cancelled) return Decision.Nothing<SweepEvent>();
        return KnownSearches().Any(s => s.Id == search)
            ? WithStages(new SearchResultRecorded(search.Model, search.Task, command.Best))
            : Decision.Refuse<SweepEvent>($"{search} is no search of the sweep");
    }

    /// <summary>The event, then the stages that it completes, then the end of the sweep if that was the last of it.</summary>
    private Decision<SweepEvent> WithStages(SweepEvent recorded)
    {
        var after = Apply(this, recorded);
        var events = new List<SweepEvent> { recorded };
        foreach (var stage in Enum.GetValues<SweepStage>())
        {
            // A stage can only be complete when those before it are: until then more of it may come.
            if (!after.IsComplete(stage)) break;
            if (!Stages.Contains(stage)) events.Add(new StageCompleted(stage));
            if (stage == SweepStage.Search) events.Add(new SweepCompleted(after.Failures()));
        }
        return Decision.Accept<SweepEvent>([.. events]);
    }

    private bool IsComplete(SweepStage stage) => stage == SweepStage.Search
        ? KnownSearches().All(s => Searches.ContainsKey(s.Id))
        : KnownTrials().Where(t => t.Stage == stage).All(t => Trials.ContainsKey(t.Trial));
}
