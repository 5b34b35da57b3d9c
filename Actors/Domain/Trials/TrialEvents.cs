namespace Sweeps.Domain.Trials;

/// <summary>Something that happened to a trial.</summary>
public abstract record TrialEvent;

/// <summary>The trial exists; its first attempt, number 1, waits for a device.</summary>
public sealed record TrialQueued(TrialId Id, Job Job) : TrialEvent;

/// <summary>A device began the attempt.</summary>
public sealed record TrialStarted(int Attempt, string Device) : TrialEvent;

/// <summary>A checkpoint is on disk; the next attempt resumes from it.</summary>
public sealed record CheckpointReached(int Attempt, int Step, ArtifactRef Checkpoint) : TrialEvent;

/// <summary>The loss at a step that others are compared at; stored once for each step.</summary>
/// <param name="Attempt">fencing number</param>
/// <param name="Step">steps done</param>
/// <param name="Loss">on the validation documents, nats per token</param>
public sealed record TrialEvaluated(int Attempt, int Step, double Loss) : TrialEvent;

/// <summary>The attempt is over without result or blame; the next number waits for a device.</summary>
/// <param name="Attempt">the attempt that is over</param>
/// <param name="Reason">one sentence</param>
/// <param name="ByTheWorld">whether it counts as a failure of the world; a shutdown does not</param>
/// <param name="ByTheProgram">whether this program's own fault ended it: the next such failure is final</param>
public sealed record AttemptLost(int Attempt, string Reason, bool ByTheWorld, bool ByTheProgram = false) : TrialEvent;

/// <summary>
/// The orchestrator was started again: the attempt is over, the next number waits for a device, failures of the world are forgotten.
/// </summary>
public sealed record TrialResumed(int Attempt) : TrialEvent;

/// <summary>The result.</summary>
internal sealed record TrialSucceeded(int Attempt, JobResult Result) : TrialEvent;

/// <summary>
/// The end without result: final when the work or the program failed; when the world did, a restart of the sweep tries again.
/// </summary>
internal sealed record TrialFailed(int Attempt, string Reason, FailureKind Kind) : TrialEvent;

/// <summary>
/// A trial that had ended begins anew: after a failure by its own fault, or with other work. The next number waits for a device.
/// </summary>
/// <param name="Attempt">the attempt that had ended</param>
/// <param name="Retry">how often the trial is begun anew in all, with this one</param>
/// <param name="Job">its work by now; null when that is the same</param>
public sealed record TrialRetried(int Attempt, int Retry, Job? Job = null) : TrialEvent;

/// <summary>The end by command.</summary>
public sealed record TrialCancelled : TrialEvent;
