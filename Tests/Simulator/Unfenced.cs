namespace Sweeps.Simulator;

/// <summary>A trial's decisions without the comparison of attempts.</summary>
internal static class Unfenced
{
    public static Decision<TrialEvent> Decide(TrialState state, TrialCommand command)
    {
        var attempt = command switch
        {
            RecordStart c => c.Attempt,
            RecordCheckpoint c => c.Attempt,
            RecordResult c => c.Attempt,
            RecordFailure c => c.Attempt,
            RecordInterruption c => c.Attempt,
            _ => state.Attempt,
        };
        return TrialState.Decide(state with { Attempt = attempt }, command);
    }
}
