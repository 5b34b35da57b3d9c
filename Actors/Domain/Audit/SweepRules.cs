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
            SpecGrowth.IsGrowth(state.Plan.Spec, e.Spec) ? null : "the description changes, and not only grows",
        TrialReopened e when state.Status != SweepStatus.Cancelled => Refused(state, new RetryTrials([e.Trial])),
        _ when state.Status is SweepStatus.Completed or SweepStatus.Cancelled => $"it comes after the sweep was {state.Status}",
        TrialResultRecorded e => Counted(state, e.Trial) ?? Refused(state, new RecordTrialResult(e.Trial, e.Result)),
        TrialFailureRecorded e => Counted(state, e.Trial) ?? Refused(state, new RecordTrialFailure(e.Trial, e.Reason)),
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

    private static string? Counted(SweepState state, TrialId trial) =>
        state.Trials.ContainsKey(trial) ? $"the result of {trial} is counted a second time" : null;

    private static string? Refused(SweepState state, SweepCommand command) =>
        (SweepState.Decide(state, command).Reply as Reply.Refused)?.Reason;
}
