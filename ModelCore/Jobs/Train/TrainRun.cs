using Sweeps.ModelCore.Training;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="TrainJob"/>.</summary>
internal static class TrainRun
{
    internal static TrainResult Run(TrainJob job, JobInputs inputs) => Trainer.Run(job, inputs.Context);
}
