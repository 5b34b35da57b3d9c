using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="CurveJob"/>.</summary>
internal static class CurveRun
{
    internal static CurveResult Run(CurveJob job, JobInputs inputs)
    {
        var (model, task, _) = inputs.Load(job);
        var circuit = CircuitFile.Load(inputs.Store.Verify(job.Circuit));
        return CircuitCurve.Run(job, circuit, model, task, inputs.Order(circuit.Masks, model, job), inputs.Context);
    }
}
