using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="ProbeJob"/>.</summary>
internal static class ProbeRun
{
    internal static ProbeResult Run(ProbeJob job, JobInputs inputs)
    {
        var (model, task, _) = inputs.Load(job);
        return CircuitProbe.Run(model, task, inputs.Order(job.Masks, model, job), job.K, job.Options, inputs.Context);
    }
}
