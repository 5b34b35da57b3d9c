using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>What an orchestrator says to a device process, one JSON object per line on its standard input.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(RunRequest), "run")]
[JsonDerivedType(typeof(ThreadsRequest), "threads")]
[JsonDerivedType(typeof(CancelRequest), "cancel")]
[JsonDerivedType(typeof(ExitRequest), "exit")]
[JsonDerivedType(typeof(AliveRequest), "alive")]
public abstract record DeviceRequest;

/// <summary>
/// Run a job. Answered by exactly one <see cref="ResultMessage"/>, <see cref="FailedMessage"/> or <see cref="CancelledMessage"/>.
/// </summary>
/// <param name="Trial">whose job it is</param>
/// <param name="Attempt">fencing number: every message about the job carries it</param>
/// <param name="Job">the job</param>
/// <param name="ResumeFrom">the last checkpoint of an earlier attempt, or null</param>
/// <param name="Folder">
/// the folder below the device's root that paths of artifacts are relative to; null for the root itself. A cluster's device serves the
/// sweeps of many folders.
/// </param>
public sealed record RunRequest(string Trial, int Attempt, Job Job, ArtifactRef? ResumeFrom, string? Folder = null) : DeviceRequest;

/// <summary>Use that many threads inside one operator from now on, also in the running job: no result depends on it.</summary>
/// <param name="Threads">at least 1</param>
public sealed record ThreadsRequest(int Threads) : DeviceRequest;

/// <summary>Stop a job at its next step. Ignored when it is no longer running.</summary>
/// <param name="Trial">as in the run request</param>
/// <param name="Attempt">as in the run request</param>
public sealed record CancelRequest(string Trial, int Attempt) : DeviceRequest;

/// <summary>Stop the job, if any, at its next step and end the process; the end of standard input means the same.</summary>
public sealed record ExitRequest : DeviceRequest;

/// <summary>
/// Nothing but that the one who asks lives; a process that is started with a silence that it bears ends without such words.
/// </summary>
public sealed record AliveRequest : DeviceRequest;

/// <summary>What a device process says, one JSON object per line on its standard output.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(HelloMessage), "hello")]
[JsonDerivedType(typeof(HeartbeatMessage), "heartbeat")]
[JsonDerivedType(typeof(ProgressMessage), "progress")]
[JsonDerivedType(typeof(CheckpointMessage), "checkpoint")]
[JsonDerivedType(typeof(EvaluatedMessage), "evaluated")]
[JsonDerivedType(typeof(ResultMessage), "result")]
[JsonDerivedType(typeof(FailedMessage), "failed")]
[JsonDerivedType(typeof(CancelledMessage), "cancelled")]
public abstract record DeviceMessage;

/// <summary>The first message.</summary>
/// <param name="Protocol">version of this protocol, <see cref="DeviceProtocol.Version"/></param>
/// <param name="Device">the torch device, e.g. cpu or cuda:0</param>
/// <param name="Pid">process id</param>
/// <param name="Libtorch">its version</param>
/// <param name="Threads">threads inside one operator until a <see cref="ThreadsRequest"/></param>
/// <param name="Capability">the CPU instruction set that libtorch uses; bits may differ between capabilities</param>
public sealed record HelloMessage(int Protocol, string Device, int Pid, string Libtorch, int Threads, string Capability) : DeviceMessage;

/// <summary>Every second, from a thread of its own: the process lives. It says nothing about the job.</summary>
/// <param name="Trial">the running job's, or null when idle</param>
/// <param name="Attempt">the running job's, or 0 when idle</param>
public sealed record HeartbeatMessage(string? Trial, int Attempt) : DeviceMessage
{
    /// <summary>Of the process's CPU tensors; null on a GPU, whose memory others count.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DeviceMemory? Memory { get; init; }
}

/// <summary>Memory of a process's CPU tensors, in bytes.</summary>
/// <param name="Live">in use</param>
/// <param name="Peak">the most that was in use since the process began</param>
/// <param name="Budget">the most that may be in use; 0 without a limit</param>
public sealed record DeviceMemory(long Live, long Peak, long Budget);

/// <summary>The job lives and is this far.</summary>
public sealed record ProgressMessage(string Trial, int Attempt, JobProgress Progress) : DeviceMessage;

/// <summary>A checkpoint is on disk, synced.</summary>
public sealed record CheckpointMessage(string Trial, int Attempt, int Step, ArtifactRef Checkpoint) : DeviceMessage
{
    /// <summary>How long writing and syncing it took; 0 where that is not known.</summary>
    public double Seconds { get; init; }
}

/// <summary>
/// A training was evaluated on its validation batches. An attempt that resumes says again what was evaluated before its checkpoint, so that
/// nothing is lost with a process.
/// </summary>
/// <param name="Trial">as in the run request</param>
/// <param name="Attempt">as in the run request</param>
/// <param name="Step">steps done</param>
/// <param name="Loss">nats per token</param>
public sealed record EvaluatedMessage(string Trial, int Attempt, int Step, double Loss) : DeviceMessage;

/// <summary>The job is done.</summary>
public sealed record ResultMessage(string Trial, int Attempt, JobResult Result) : DeviceMessage;

/// <summary>The job failed.</summary>
public sealed record FailedMessage(string Trial, int Attempt, FailureKind Kind, string Reason) : DeviceMessage;

/// <summary>The job stopped because it was told to; its last checkpoint was announced before.</summary>
public sealed record CancelledMessage(string Trial, int Attempt) : DeviceMessage;
