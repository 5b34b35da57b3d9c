namespace Sweeps.ModelCore.Jobs;

/// <summary>What a running job may say and ask. Calls come from the job's thread.</summary>
public interface IJobContext
{
    /// <summary>The folder that artifact paths are relative to.</summary>
    string Root { get; }

    /// <summary>The torch device, e.g. <c>cpu</c> or <c>cuda:0</c>.</summary>
    string Device { get; }

    /// <summary>
    /// Set when the job should stop at the next step; it then throws <see cref="OperationCanceledException"/> after writing a checkpoint
    /// where it has them.
    /// </summary>
    CancellationToken Cancelled { get; }

    /// <summary>The last checkpoint of an earlier attempt, or null to begin at the beginning.</summary>
    ArtifactRef? ResumeFrom { get; }

    /// <summary>Tells how far the job is. Also the sign of life that the watchdog waits for.</summary>
    void Report(JobProgress progress);

    /// <summary>Tells that a checkpoint is on disk, synced; a later attempt resumes from it.</summary>
    /// <param name="step">steps done</param>
    /// <param name="checkpoint">the file</param>
    /// <param name="took">how long writing and syncing it took</param>
    void Checkpointed(int step, ArtifactRef checkpoint, TimeSpan took = default);

    /// <summary>Tells the validation loss of a training at a step, in nats per token; the same again does no harm.</summary>
    void Evaluated(int step, double loss);
}
