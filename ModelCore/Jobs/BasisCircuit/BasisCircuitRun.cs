using Sweeps.ModelCore.Pruning.Latents;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="BasisCircuitJob"/>.</summary>
internal static class BasisCircuitRun
{
    internal static BasisCircuitResult Run(BasisCircuitJob job, JobInputs inputs)
    {
        if (job.Basis is null) throw new JobInputException("basis is null: expected one, of channels or of features");
        if (job.Prunings.Count == 0) throw new JobInputException("prunings is empty: expected at least one");
        foreach (var pruning in job.Prunings) JobFailure.ThrowIfAny(pruning.Hyperparameters.Validate());
        var (model, task, _) = inputs.Load(job);
        return new BasisCircuit(job, inputs.Context, inputs.Store, model, task).Run(
            [.. job.Prunings.Select(pruning => inputs.Order(pruning.Masks, model, job))]);
    }
}
