namespace Sweeps.Domain.Sweeps;

/// <summary>How a run of a sweep ended.</summary>
public enum SweepEnd
{
    /// <summary>Everything that could be done is done; what failed by its own fault is listed.</summary>
    Completed,

    /// <summary>The sweep was given up by command.</summary>
    Cancelled,

    /// <summary>The run was stopped; running it again goes on.</summary>
    Stopped,

    /// <summary>
    /// The world did not let it go on: no device left, a full disk, a damaged journal. Running it again goes on once that is mended.
    /// </summary>
    Failed,
}

/// <summary>How a run of a sweep ended.</summary>
/// <param name="End">how</param>
/// <param name="Failures">what was left out of a completed sweep; empty otherwise</param>
/// <param name="Error">why the run failed, or null</param>
public sealed record SweepOutcome(SweepEnd End, IReadOnlyList<SweepFailure> Failures, string? Error = null);
