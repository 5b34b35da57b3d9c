namespace Sweeps.Domain.Trials;

/// <summary>A command to a trial.</summary>
public abstract record TrialCommand;

/// <summary>Begin; the same again does nothing.</summary>
/// <param name="Id">the trial</param>
/// <param name="Job">its work</param>
public sealed record QueueTrial(TrialId Id, Job Job) : TrialCommand;

/// <summary>
/// Go on after the orchestrator was started again: whatever attempt was under way is over, and the count of the world's failures is 0.
/// </summary>
public sealed record ResumeTrial : TrialCommand;

/// <summary>Begin anew after a failure by the work's own fault, or with other work after a result; the same again does nothing.</summary>
/// <param name="Retry">how often the trial is begun anew in all, with this one</param>
/// <param name="Job">its work by now</param>
public sealed record RetryTrial(int Retry, Job Job) : TrialCommand;

/// <summary>A device has begun the attempt.</summary>
public sealed record RecordStart(int Attempt, string Device) : TrialCommand;

/// <summary>The attempt has written a checkpoint.</summary>
public sealed record RecordCheckpoint(int Attempt, int Step, ArtifactRef Checkpoint) : TrialCommand;

/// <summary>The attempt was evaluated; of several losses at a step the first counts.</summary>
/// <param name="Attempt">fencing number</param>
/// <param name="Step">steps done</param>
/// <param name="Loss">on the validation documents, nats per token</param>
public sealed record RecordEvaluation(int Attempt, int Step, double Loss) : TrialCommand;

/// <summary>The attempt has its result.</summary>
public sealed record RecordResult(int Attempt, JobResult Result) : TrialCommand;

/// <summary>The attempt has failed.</summary>
/// <param name="Attempt">fencing number</param>
/// <param name="Kind">whose fault it is</param>
/// <param name="Reason">one sentence</param>
/// <param name="MaxWorldFailures">failures of the world in a row that end the trial</param>
public sealed record RecordFailure(int Attempt, FailureKind Kind, string Reason, int MaxWorldFailures) : TrialCommand;

/// <summary>The attempt was stopped by nobody's fault, such as a shutdown.</summary>
public sealed record RecordInterruption(int Attempt, string Reason) : TrialCommand;

/// <summary>Give the trial up for good.</summary>
public sealed record CancelTrial : TrialCommand;
