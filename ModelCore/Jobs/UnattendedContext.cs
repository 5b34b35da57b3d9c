namespace Sweeps.ModelCore.Jobs;

/// <summary>A job's surroundings when nobody hears of its progress, cancels it or resumes it.</summary>
/// <param name="root">the folder that artifacts are relative to</param>
/// <param name="device">cpu, cuda or cuda:N</param>
public sealed class UnattendedContext(string root, string device) : IJobContext
{
    /// <inheritdoc/>
    public string Root => root;

    /// <inheritdoc/>
    public string Device => device;

    /// <inheritdoc/>
    public CancellationToken Cancelled => CancellationToken.None;

    /// <inheritdoc/>
    public ArtifactRef? ResumeFrom => null;

    /// <inheritdoc/>
    public void Report(JobProgress progress)
    {
    }

    /// <inheritdoc/>
    public void Checkpointed(int step, ArtifactRef checkpoint, TimeSpan took = default)
    {
    }

    /// <inheritdoc/>
    public void Evaluated(int step, double loss)
    {
    }
}
