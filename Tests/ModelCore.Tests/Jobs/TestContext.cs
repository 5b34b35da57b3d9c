using Sweeps.ModelCore.Jobs;

namespace Sweeps.ModelCore.Tests.Jobs;

/// <summary>Records what a job says.</summary>
internal sealed class TestContext(string root, ArtifactRef? resumeFrom = null, CancellationToken cancelled = default) : IJobContext
{
    public string Root => root;

    public string Device => "cpu";

    public CancellationToken Cancelled => cancelled;

    public ArtifactRef? ResumeFrom => resumeFrom;

    public List<JobProgress> Progress { get; } = [];

    public List<(int Step, ArtifactRef Checkpoint)> Checkpoints { get; } = [];

    public Action<JobProgress>? OnProgress { get; init; }

    public void Report(JobProgress progress)
    {
        Progress.Add(progress);
        OnProgress?.Invoke(progress);
    }

    public void Checkpointed(int step, ArtifactRef checkpoint, TimeSpan took = default) => Checkpoints.Add((step, checkpoint));

    public void Evaluated(int step, double loss)
    {
    }
}
