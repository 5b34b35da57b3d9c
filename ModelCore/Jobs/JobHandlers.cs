using System.Collections.Frozen;

namespace Sweeps.ModelCore.Jobs;

/// <summary>What runs each kind of job of <see cref="JobCatalog"/>.</summary>
internal static class JobHandlers
{
    private static readonly FrozenDictionary<Type, JobHandler> _byJob = new[]
    {
        JobHandler.Of<PrepareJob>(PrepareRun.Run),
        JobHandler.Of<TrainJob>(TrainRun.Run),
        JobHandler.Of<TrainBridgeJob>(TrainBridgeRun.Run),
        JobHandler.Of<ImportJob>(ImportRun.Run),
        JobHandler.Of<EvaluateJob>(EvaluateRun.Run),
        JobHandler.Of<PruneJob>(PruneRun.Run),
        JobHandler.Of<ProbeJob>(ProbeRun.Run),
        JobHandler.Of<CircuitJob>(CircuitRun.Run),
        JobHandler.Of<ValidateJob>(ValidateRun.Run),
        JobHandler.Of<CurveJob>(CurveRun.Run),
        JobHandler.Of<PruneEdgesJob>(PruneEdgesRun.Run),
        JobHandler.Of<GivenJob>(GivenRun.Run),
        JobHandler.Of<ScoreFeaturesJob>(ScoreFeaturesRun.Run),
        JobHandler.Of<BridgeEvaluateJob>(BridgeEvaluateRun.Run),
        JobHandler.Of<BridgeInterveneJob>(BridgeInterveneRun.Run),
        JobHandler.Of<TrainAutoencoderJob>(TrainAutoencoderRun.Run),
        JobHandler.Of<EvaluateDictionariesJob>(EvaluateDictionariesRun.Run),
        JobHandler.Of<AblateFeaturesJob>(AblateFeaturesRun.Run),
        JobHandler.Of<BasisCircuitJob>(BasisCircuitRun.Run),
    }.ToFrozenDictionary(handler => handler.Job);

    /// <summary>Makes sure that every kind of job can be run, before one is.</summary>
    /// <exception cref="InvalidOperationException">the program is at fault: a kind has no handler, or a handler no kind</exception>
    public static void Check()
    {
        var missing = JobCatalog.All.Select(kind => kind.Job).Except(_byJob.Keys).ToList();
        if (missing.Count > 0) throw new InvalidOperationException($"nothing runs {string.Join(", ", missing.Select(type => type.Name))}");
        var unknown = _byJob.Keys.Except(JobCatalog.All.Select(kind => kind.Job)).ToList();
        if (unknown.Count > 0)
            throw new InvalidOperationException($"not in the catalogue of jobs: {string.Join(", ", unknown.Select(type => type.Name))}");
    }

    /// <summary>What runs <paramref name="job"/>.</summary>
    /// <exception cref="JobFailedException">nothing does</exception>
    public static JobHandler For(Job job) =>
        _byJob.GetValueOrDefault(job.GetType())
        ?? throw new JobFailedException(FailureKind.Program, $"no way to run a {job.GetType().Name}");
}
