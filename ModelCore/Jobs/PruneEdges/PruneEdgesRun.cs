using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="PruneEdgesJob"/>.</summary>
internal static class PruneEdgesRun
{
    internal static CircuitResult Run(PruneEdgesJob job, JobInputs inputs)
    {
        var (model, task, tokenizer) = inputs.Load(job);
        return new EdgePruning(job, inputs.Context, inputs.Store, model, task, tokenizer).Run();
    }
}
