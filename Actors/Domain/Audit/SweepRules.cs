using Sweeps.Domain.Sweeps;

namespace Sweeps.Domain.Audit;

/// <summary>What an event of a sweep must find.</summary>
internal static class SweepRules
{
    /// <summary>Why <paramref name="happened"/> cannot follow <paramref name="state"/>, or null.</summary>
    public static string? Problem(SweepState state, SweepEvent happened) => happened switch
    {
        SweepSubmitted => state.Plan is null ? null : "the sweep is submitted a second time",
        _ when state.Plan is null => "it comes before the sweep was submitted",
        SweepGrown e when state.Status != SweepStatus.Cancelled =>
            state.MayBecome(e.Spec) ? null : "the description changes, and not only grows",
        TrialReopened e when state.Status != SweepStatus.Cancelled => Refused(state, new RetryTrials([e.Trial])),
        _ when state.Status is SweepStatus.Completed or SweepStatus.Cancelled => $"it comes after the sweep was {state.Status}",
        TrialResultRecorded e => Counted(state, e.Trial) ?? state.Unexpected(e.Trial),
        TrialFailureRecorded e => Counted(state, e.Trial) ?? state.Unexpected(e.Trial),
        EvaluationRecorded e when state.Evaluations.GetValueOrDefault(e.Trial).Any(known => known.Step == e.Step) =>
            $"the loss of {e.Trial} at step {e.Step} is counted a second time",
        EvaluationRecorded e => Counted(state, e.Trial) ?? Refused(state, new RecordRung(e.Trial, e.Step, e.Loss)),
        TrainingStopped e => Stopped(state, e),
        TrainingSearchStarted e when state.TrainingSearches.ContainsKey(e.Group) =>
            $"the search over the training of {e.Group} begins a second time",
        TrainingSearchStarted e => state.Plan.IndexOf(e.Group, 0) is null ? $"{e.Group} is no group whose training is searched" : null,
        TrainingsSuggested e => Suggested(state, e),
        SearchResultRecorded e when state.Searches.ContainsKey(new SearchId(e.Model, e.Task)) =>
            $"the result of {new SearchId(e.Model, e.Task)} is counted a second time",
        SearchResultRecorded e => Refused(state, new RecordSearchResult(new SearchId(e.Model, e.Task), e.Best, e.Circuit, e.Points)),
        StageCompleted e when state.Stages.Contains(e.Stage) => $"the stage {e.Stage} is completed a second time",
        StageCompleted e when state.Count(e.Stage) is var (done, total) && done < total =>
            $"the stage {e.Stage} is complete with {done} of {total}",
        SweepCompleted e when !e.Failures.SequenceEqual(state.Failures()) => "its list of failures is not that of its trials",
        SweepCompleted when state.Open.Any() => $"the sweep is complete while work is open: {state.Open.First()}",
        _ => null,
    };

    private static string? Stopped(SweepState state, TrainingStopped happened)
    {
        if (state.Plan!.Find(happened.Trial) is not { Stage: SweepStage.Train } place)
            return $"{happened.Trial} is no training of the sweep";
        var due = state.DueStops(state.Plan.GroupOf(place.Model)).FirstOrDefault(stop => stop.Trial == happened.Trial);
        return due == happened
            ? null
            : $"{happened.Trial} is {happened.Stop}, and by the losses of its group {due?.Stop.ToString() ?? "goes on"}";
    }

    private static string? Suggested(SweepState state, TrainingsSuggested happened)
    {
        if (state.TrainingSearches.GetValueOrDefault(happened.Group) is not { } search)
            return $"trainings of {happened.Group} are suggested before their search began";
        if (search.Ended is not null) return $"trainings of {happened.Group} are suggested after their search ended";
        if (search.Search.Outstanding.Any()) return $"a round of {happened.Group} is suggested before the one before it has ended";
        if (happened.Round != search.Search.ClosedRounds)
            return $"round {happened.Round} of {happened.Group} is suggested while {search.Search.ClosedRounds} rounds are closed";
        return happened.Suggestions.Count == search.Search.Config.BatchSize
            ? null
            : $"a round of {happened.Group} has {happened.Suggestions.Count} suggestions: expected {search.Search.Config.BatchSize}";
    }

    private static string? Counted(SweepState state, TrialId trial) =>
        state.Trials.ContainsKey(trial) ? $"the result of {trial} is counted a second time" : null;

    private static string? Refused(SweepState state, SweepCommand command) =>
        (SweepState.Decide(state, command).Reply as Reply.Refused)?.Reason;
}
