using Sweeps.Search;

namespace Sweeps.Domain.Sweeps;

/// <summary>A command to a sweep.</summary>
public abstract record SweepCommand;

/// <summary>Begin, or go on with what was begun; a paused sweep is resumed. Another description than the first is refused, unless it only
/// adds to that
/// (<see cref="SpecGrowth"/>).</summary>
public sealed record SubmitSweep(SweepSpec Spec) : SweepCommand;

/// <summary>A trial of the sweep has its result.</summary>
public sealed record RecordTrialResult(TrialId Trial, JobResult Result) : SweepCommand;

/// <summary>A trial of the sweep failed by its own fault.</summary>
/// <param name="Trial">which</param>
/// <param name="Reason">why</param>
/// <param name="ByTheProgram">whether the program's fault, and not the work's</param>
public sealed record RecordTrialFailure(TrialId Trial, string Reason, bool ByTheProgram = false) : SweepCommand;

/// <summary>A training has come to a rung (<see cref="EarlyStoppingOptions"/>).</summary>
/// <param name="Trial">the training</param>
/// <param name="Step">the rung, in steps</param>
/// <param name="Loss">on the validation documents, nats per token</param>
public sealed record RecordRung(TrialId Trial, int Step, double Loss) : SweepCommand;

/// <summary>A search of the sweep has ended.</summary>
/// <param name="Search">its model and task</param>
/// <param name="Best">the index of the best pruning, or null when all failed</param>
/// <param name="Circuit">the best pruning's circuit, or null</param>
/// <param name="Points">where others may begin; null where none does</param>
public sealed record RecordSearchResult(SearchId Search, int? Best, CircuitResult? Circuit, BestPoints? Points = null) : SweepCommand;

/// <summary>Try trials again that failed by their own fault; a completed sweep is unfinished again.</summary>
/// <param name="Trials">which; all that failed when empty</param>
public sealed record RetryTrials(IReadOnlyList<TrialId> Trials) : SweepCommand;

/// <summary>
/// Give up one trial, which counts as failed from then on; end one search with the best circuit that it has; or forget one of its prunings.
/// </summary>
/// <param name="Subject">the trial, the search or the pruning, as reports name them</param>
public sealed record CancelPart(string Subject) : SweepCommand
{
    /// <summary>The reason that stands in reports.</summary>
    public const string Reason = "cancelled by command";
}

/// <summary>Hand out no more jobs; those running go on to their end.</summary>
public sealed record PauseSweep : SweepCommand;

/// <summary>Hand out jobs again.</summary>
public sealed record ResumeSweep : SweepCommand;

/// <summary>Give the sweep up for good.</summary>
public sealed record CancelSweep : SweepCommand;
