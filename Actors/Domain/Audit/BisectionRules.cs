using Sweeps.Domain.Bisections;

namespace Sweeps.Domain.Audit;

/// <summary>What an event of a bisection must find.</summary>
internal static class BisectionRules
{
    /// <summary>Why <paramref name="happened"/> cannot follow <paramref name="state"/>, or null.</summary>
    public static string? Problem(BisectionState state, BisectionEvent happened) => happened switch
    {
        BisectionStarted => state.Job is null ? null : "the bisection begins a second time",
        _ when state.Job is null => "it comes before the bisection began",
        BisectionRetried e => state.Failure is null ? "the bisection goes on, and has not failed"
            : e.Retry <= state.Retries ? $"it goes on for the time {e.Retry}, after {state.Retries}" : null,
        _ when state.IsDone => "it comes after the bisection ended",
        ProbeRecorded e when state.Probes.Exists(p => p.K == e.Probe.K) => $"k {e.Probe.K} is probed a second time",
        BisectionAttemptLost e when e.Attempt != state.LostAttempts + 1 => $"attempt {e.Attempt} is lost after {state.LostAttempts} others",
        _ => null,
    };
}
