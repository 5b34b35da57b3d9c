using System.Diagnostics;
using Sweeps.ModelCore.Jobs;

namespace Sweeps.Benchmarks;

/// <summary>The context of a benchmarked job: takes the time between its reports.</summary>
internal sealed class StepClock(string root) : IJobContext
{
    private readonly List<double> _steps = [];
    private long _last;

    public string Root => root;

    public string Device => "cpu";

    public CancellationToken Cancelled => CancellationToken.None;

    public ArtifactRef? ResumeFrom => null;

    public void Report(JobProgress progress)
    {
        var now = Stopwatch.GetTimestamp();
        if (_last != 0) _steps.Add(Stopwatch.GetElapsedTime(_last, now).TotalSeconds);
        _last = now;
    }

    public void Checkpointed(int step, ArtifactRef checkpoint, TimeSpan took = default)
    {
    }

    public void Evaluated(int step, double loss)
    {
    }

    /// <summary>The steps but for the first <paramref name="warmUp"/> and the last, which also evaluates.</summary>
    public Timings Steps(int warmUp) => new(_steps.Skip(warmUp).SkipLast(1));
}
