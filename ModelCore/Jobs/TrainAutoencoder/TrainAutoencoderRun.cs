using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Model;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="TrainAutoencoderJob"/>.</summary>
internal static class TrainAutoencoderRun
{
    internal static TrainAutoencoderResult Run(TrainAutoencoderJob job, JobInputs inputs)
    {
        var (context, store, _) = inputs;
        using var model = ModelFile.Load(store.Verify(job.Model), Devices.Parse(context.Device));
        foreach (var parameter in model.Parameters) parameter.Value.requires_grad_(false);
        return AutoencoderTrainer.Run(job, context, store, model);
    }
}
