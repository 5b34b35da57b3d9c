using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="PruneJob"/>.</summary>
internal static class PruneRun
{
    internal static PruneResult Run(PruneJob job, JobInputs inputs)
    {
        JobFailure.ThrowIfAny(job.Hyperparameters.Validate());
        var (model, task, _) = inputs.Load(job);
        return job.Method == PruningMethod.Attribution
            ? new AttributionRanking(job, inputs.Context, inputs.Store, model, task).Run()
            : new NodePruning(job, inputs.Context, inputs.Store, model, task).Run();
    }
}
