using Sweeps.Domain.Sweeps;
using Sweeps.Domain.Trials;

namespace Sweeps.Domain.Audit;

/// <summary>What an event of a trial must find.</summary>
internal static class TrialRules
{
    /// <summary>Why <paramref name="happened"/> cannot follow <paramref name="state"/>, or null.</summary>
    public static string? Problem(string stream, TrialState state, TrialEvent happened) => happened switch
    {
        TrialQueued when state.Phase != TrialPhase.New => "the trial is queued a second time",
        TrialQueued e => stream == SweepJournal.Trial(e.Id) ? null : $"it is the trial {e.Id}",
        _ when state.Phase == TrialPhase.New => "it comes before the trial was queued",
        TrialRetried when !state.IsFinal => "the trial begins anew, and has not ended",
        TrialRetried { Job: null } when state.Phase == TrialPhase.Succeeded =>
            "the trial is tried again, and has not failed by its own fault",
        TrialRetried e when e.Retry <= state.Retries => $"it is tried again for the time {e.Retry}, after {state.Retries}",
        TrialRetried e when e.Attempt == state.Attempt => null,
        TrialRetried e => $"it is of attempt {e.Attempt}, and the trial is at attempt {state.Attempt}",
        _ when state.IsFinal => $"it comes after the trial ended ({state.Phase})",
        not (TrialResumed or TrialCancelled) when state.Phase == TrialPhase.Failed =>
            "it comes after the trial failed, and before it was resumed",
        _ when Attempt(happened) is { } attempt && attempt != state.Attempt =>
            $"it is of attempt {attempt}, and the trial is at attempt {state.Attempt}",
        TrialEvaluated e when state.Evaluations.Any(known => known.Step == e.Step) => $"step {e.Step} is evaluated a second time",
        TrialStarted when state.Phase == TrialPhase.Running => $"attempt {state.Attempt} begins a second time",
        _ => null,
    };

    private static int? Attempt(TrialEvent happened) => happened switch
    {
        TrialStarted e => e.Attempt,
        CheckpointReached e => e.Attempt,
        TrialEvaluated e => e.Attempt,
        AttemptLost e => e.Attempt,
        TrialResumed e => e.Attempt,
        TrialSucceeded e => e.Attempt,
        TrialFailed e => e.Attempt,
        _ => null,
    };
}
