using System.Collections.Immutable;
using Sweeps.Domain.Trials;
using Sweeps.Search;

namespace Sweeps.Domain.Sweeps;

/// <summary>
/// A sweep's state for its journal: the events that still matter, in the plan's order and without the rest. What follows from them, such as
/// what is open, is found anew when
/// it is read, so that a snapshot says nothing that the events do not.
/// </summary>
internal sealed record SweepSnapshot(
    SweepSpec Spec,
    SweepStatus Status,
    IReadOnlyList<SweepStage> Stages,
    IReadOnlyList<TrialResultRecorded> Results,
    IReadOnlyList<TrialFailureRecorded> Failures,
    IReadOnlyList<SearchResultRecorded> Searches,
    IReadOnlyList<TrialRetries> Retries,
    IReadOnlyList<FormerCircuit> Former,
    IReadOnlyList<SuggestedTrainings>? TrainingSearches = null,
    IReadOnlyList<EvaluationRecorded>? Evaluations = null,
    IReadOnlyList<TrainingStopped>? Stopped = null)
{
    /// <summary>The snapshot of a state in which a sweep was submitted.</summary>
    public static SweepSnapshot Of(SweepState state)
    {
        var plan = state.Plan!;
        var trials = state.Trials.OrderBy(trial => Place(plan, trial.Key)).ToList();
        return new SweepSnapshot(
            plan.Spec,
            state.Status,
            [.. state.Stages.Order()],
            [.. from trial in trials where trial.Value.Result is not null select new TrialResultRecorded(trial.Key, trial.Value.Result!)],
            [.. from trial in trials where trial.Value.Failure is not null select new TrialFailureRecorded(
                trial.Key, trial.Value.Failure!, trial.Value.ByTheProgram)],
            [.. from search in state.Searches orderby plan.Find(search.Key) select new SearchResultRecorded(
                search.Key.Model, search.Key.Task, search.Value.Best, search.Value.Circuit, search.Value.Points)],
            [.. from trial in state.Retries orderby Place(plan, trial.Key) select new TrialRetries(trial.Key, trial.Value)],
            [.. from search in state.Former orderby plan.Find(search.Key) select new FormerCircuit(
                search.Key.Model, search.Key.Task, search.Value)],
            [.. from search in state.TrainingSearches orderby plan.IndexOf(search.Key, 0) select new SuggestedTrainings(
                search.Key, search.Value.Search.Config, [.. search.Value.Search.Suggestions])],
            [.. from training in state.Evaluations orderby Place(plan, training.Key) from at in training.Value
                select new EvaluationRecorded(training.Key, at.Step, at.Loss)],
            [.. from trial in trials where trial.Value.Stopped is not null select new TrainingStopped(trial.Key, trial.Value.Stopped!)]);
    }

    /// <summary>The state.</summary>
    /// <exception cref="ArgumentException">it has a verdict on something that is not in the plan</exception>
    public SweepState State()
    {
        var begun = SweepState.Apply(SweepState.Initial, new SweepSubmitted(Spec));
        var plan = begun.Plan!;
        foreach (var trial in Results.Select(e => e.Trial).Concat(Failures.Select(e => e.Trial))) Place(plan, trial);
        foreach (var trial in Evaluated.Select(e => e.Trial).Concat(StoppedTrainings.Select(e => e.Trial))) Place(plan, trial);
        foreach (var search in Searches.Select(e => new SearchId(e.Model, e.Task)))
            if (plan.Find(search) is null) throw new ArgumentException($"{search} is no search of the sweep");
        var known = begun with
        {
            Trials = Results.Select(e => KeyValuePair.Create(e.Trial, new TrialVerdict(e.Result, null)))
                .Concat(Failures.Select(e => KeyValuePair.Create(
                    e.Trial, new TrialVerdict(null, e.Reason) { ByTheProgram = e.ByTheProgram })))
                .Concat(StoppedTrainings.Select(e => KeyValuePair.Create(e.Trial, new TrialVerdict(null, null) { Stopped = e.Stop })))
                .ToImmutableDictionary(),
            Evaluations = Evaluated.GroupBy(e => e.Trial).ToImmutableDictionary(
                of => of.Key, of => of.Select(e => new EvaluatedAt(e.Step, e.Loss)).ToValueList()),
            Searches = Searches.ToImmutableDictionary(
                e => new SearchId(e.Model, e.Task), e => new SearchVerdict(e.Best, e.Circuit, e.Points)),
            Retries = Retries.ToImmutableDictionary(e => e.Trial, e => e.Times),
            Former = Former.ToImmutableDictionary(e => new SearchId(e.Model, e.Task), e => e.Circuit),
            Status = Status,
            Stages = [.. Stages],
        };
        known = known with
        {
            TrainingSearches = (TrainingSearches ?? []).ToImmutableDictionary(search => search.Group, search => search.Begun(known)),
        };
        return (TrainingSearches ?? []).Aggregate(
            known, (state, search) => state.WithObservations(plan.GroupOf(plan.IndexOf(search.Group, 0)!.Value))).WithAgenda();
    }

    private IReadOnlyList<EvaluationRecorded> Evaluated => Evaluations ?? [];

    private IReadOnlyList<TrainingStopped> StoppedTrainings => Stopped ?? [];

    private static WorkItem Place(SweepPlan plan, TrialId trial) =>
        plan.Find(trial) ?? throw new ArgumentException($"{trial} is no trial of the sweep");
}

/// <summary>How often a trial was opened again.</summary>
internal sealed record TrialRetries(TrialId Trial, int Times);

/// <summary>The search over the training of a group, but for what came of its trainings.</summary>
internal sealed record SuggestedTrainings(string Group, SearchConfig Config, IReadOnlyList<Suggestion> Suggestions)
{
    /// <summary>The search before anything is known of its trainings.</summary>
    /// <exception cref="ArgumentException">the group is not in the plan</exception>
    public TrainingSearchState Begun(SweepState known)
    {
        foreach (var suggestion in Suggestions)
            if (known.Plan!.IndexOf(Group, suggestion.Index) is null)
                throw new ArgumentException($"{Group} has no suggestion {suggestion.Index} in the sweep");
        return TrainingSearchState.Of(Config, known.Plan!.Spec.TrainingSearch.Stopping).With(Suggestions);
    }
}

/// <summary>The circuit that a search had found before it got more rounds.</summary>
internal sealed record FormerCircuit(ModelId Model, string Task, CircuitResult Circuit);
