using Sweeps.ModelCore.Bridges;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="TrainBridgeJob"/>.</summary>
internal static class TrainBridgeRun
{
    internal static TrainBridgeResult Run(TrainBridgeJob job, JobInputs inputs)
    {
        var (context, store, _) = inputs;
        using var dense = ModelFile.Load(store.Verify(job.Dense), Devices.Parse(context.Device));
        JobFailure.ThrowIfAny(job.Bridges.Validate().Concat(job.Bridges.Validate(dense.Config, job.Model)).Select(p => $"bridges.{p}"));
        foreach (var parameter in dense.Parameters) parameter.Value.requires_grad_(false);
        BridgeTraining? training = null;
        try
        {
            var sparse = Trainer.Run(job, context, null, model => training = new BridgeTraining(job.Bridges, job.Seed, dense, model));
            var file = new BridgeFile(training!.Bridges, job.Bridges, job.Dense.Sha256, sparse.Model.Sha256);
            var bridges = store.Write($"{job.Output}/bridges.safetensors", file.Save);
            var curve = store.WriteBytes($"{job.Output}/bridge_curve.json", training.Curve.ToJson());
            return new TrainBridgeResult(
                sparse.Model, sparse.MeanCache, sparse.Curve, sparse.Steps, sparse.Parameters, sparse.Nonzeros, sparse.L0, sparse.TrainLoss,
                sparse.ValidationLoss, sparse.DeadFraction, sparse.ResidualKurtosis, job.Dense, bridges, curve)
            {
                ByKind = sparse.ByKind,
            };
        }
        finally
        {
            training?.Dispose();
        }
    }
}
