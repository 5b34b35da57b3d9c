namespace Sweeps.Domain.Sweeps;

/// <summary>
/// A sweep's state for its journal: the events that still matter, in the plan's order and without the rest. What follows from them, such as what is open, is found anew when
/// it is read, so that a snapshot says nothing that the events do not.
/// </summary>
internal sealed record SweepSnapshot(
    SweepSpec Spec,
    SweepStatus Status,
    IReadOnlyList<SweepStage> Stages,
    IReadOnlyList<TrialResultRecorded> Results,
    IReadOnlyList<TrialFailureRecorded> Failures,
    IReadOnlyList<SearchResultRecorded> Searches)
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
            [.. from trial in trials where trial.Value.Failure is not null select new TrialFailureRecorded(trial.Key, trial.Value.Failure!)],
            [.. from search in state.Searches orderby plan.Find(search.Key) select new SearchResultRecorded(search.Key.Model, search.Key.Task, search.Value.Best, search.Value.Circuit, search.Value.Points)]);
    }

    /// <summary>The state.</summary>
    public SweepState State()
    {
        var begun = SweepState.Apply(SweepState.Initial, new SweepSubmitted(Spec));
        var plan = begun.Plan!;
        // What opens something comes before what it opens: stages in their order, and searches that others begin from before those.
        var verdicts = Results.Select(e => (Event: (SweepEvent)e, Place: Place(plan, e.Trial)))
            .Concat(Failures.Select(e => (Event: (SweepEvent)e, Place: Place(plan, e.Trial))))
            .Concat(Searches.Select(e => (Event: (SweepEvent)e, Place: plan.Find(new SearchId(e.Model, e.Task)) ?? throw new ArgumentException($"{e.Model}/{e.Task} is no search of the sweep"))))
            .OrderBy(v => (v.Place.Stage, v.Place.Stage == SweepStage.Search && plan.WarmStart(v.Place.Task).Any(), v.Place))
            .Select(v => v.Event);
        return verdicts.Aggregate(begun, SweepState.Apply) with { Status = Status, Stages = [.. Stages] };
    }

    private static WorkItem Place(SweepPlan plan, TrialId trial) => plan.Find(trial) ?? throw new ArgumentException($"{trial} is no trial of the sweep");
}
