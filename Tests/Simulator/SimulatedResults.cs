using System.Globalization;

namespace Sweeps.Simulator;

/// <summary>What simulated devices answer: a function of the job alone, as what real ones answer is.</summary>
internal static class SimulatedResults
{
    // Small models, so that bisections are short.
    private const int Nodes = 16;

    /// <summary>The result of a job, or its failure by its own fault.</summary>
    public static DeviceMessage Of(RunRequest request)
    {
        var job = request.Job;
        var detail = job is ProbeJob probe ? probe.K.ToString(CultureInfo.InvariantCulture) : "";
        if (job is not PrepareJob && new KeyedRandom(job.Seed, "fails", job.GetType().Name, job.Output, detail).Next(40) == 0)
            return new FailedMessage(request.Trial, request.Attempt, FailureKind.Work, "the loss is not a number");
        if (job is not PrepareJob && new KeyedRandom(job.Seed, "bug", job.GetType().Name, job.Output, detail).Next(120) == 0)
            return new FailedMessage(request.Trial, request.Attempt, FailureKind.Program, "IndexOutOfRangeException: simulated");
        var result = FakeResults.Of(job);
        return new ResultMessage(
            request.Trial, request.Attempt, result is PruneResult r ? r with { Nodes = Nodes, Kept = 1 + (r.Kept % Nodes) } : result);
    }
}
