using Sweeps.ModelCore.Bridges;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="BridgeEvaluateJob"/>.</summary>
internal static class BridgeEvaluateRun
{
    internal static BridgeEvaluateResult Run(BridgeEvaluateJob job, JobInputs inputs)
    {
        JobFailure.ThrowIfAny(job.Validate());
        var (context, store, _) = inputs;
        var device = Devices.Parse(context.Device);
        using var dense = ModelFile.Load(store.Verify(job.Dense), device);
        using var sparse = ModelFile.Load(store.Verify(job.Sparse), device);
        using var bridges = BridgeFile.Load(
            store.Verify(job.Bridges), job.Dense, dense.Config, job.Sparse, sparse.Config, device).Bridges;
        using var validation = TokenFile.Open(store.Verify(job.Corpus.ValidationTokens));
        var perBatch = job.BatchSize * sparse.Config.NCtx;
        var batches = Evaluation.Batches(
            new SequentialBatches(validation, job.BatchSize, sparse.Config.NCtx), (job.EvalTokens + perBatch - 1) / perBatch);
        return new BridgeEvaluation(dense, sparse, bridges).Run(batches, done =>
        {
            context.Cancelled.ThrowIfCancellationRequested();
            context.Report(new JobProgress(done, batches.Count, null, "hybrids"));
        });
    }
}
