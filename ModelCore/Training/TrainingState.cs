using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;

namespace Sweeps.ModelCore.Training;

/// <summary>
/// Everything that a training run changes from step to step, so everything that a checkpoint holds. Chance has no state beyond
/// <see cref="Batches"/>' position: batch t is a function of the seed and t, and nothing else draws after the initial weights.
/// </summary>
internal sealed class TrainingState : IDisposable
{
    public TrainingState(TrainJob job, Transformer model, TokenFile tokens)
    {
        var options = job.Training;
        Model = model;
        Batches = new BatchSampler(tokens, options.BatchSize, job.Model.NCtx, KeyedRandom.DeriveSeed(job.Seed, "batches"));
        Optimizer = new SparseAdamW(model.Parameters, options);
    }

    public Transformer Model { get; }

    public SparseAdamW Optimizer { get; }

    public BatchSampler Batches { get; }

    /// <summary>Steps done.</summary>
    public int Step { get; set; }

    /// <summary>The curve so far.</summary>
    public List<CurvePoint> Points { get; } = [];

    /// <summary>Sum of the losses since the last point of the curve.</summary>
    public double WindowLoss { get; set; }

    /// <summary>Steps since the last point of the curve.</summary>
    public int WindowSteps { get; set; }

    public void Dispose()
    {
        Optimizer.Dispose();
        Model.Dispose();
    }
}
