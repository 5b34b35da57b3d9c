using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;

namespace Sweeps.ModelCore.Training;

/// <summary>
/// Everything that a training run changes from step to step, so everything that a checkpoint holds. Chance has no state beyond
/// <see cref="Batches"/>' position: batch t is a function of the seed and t, and nothing else draws after the initial weights.
/// </summary>
internal sealed class TrainingState : IDisposable
{
    /// <param name="job">the job</param>
    /// <param name="model">at its initial weights; the state owns it from now on</param>
    /// <param name="tokens">the corpus</param>
    /// <param name="beside">makes what is trained with the model; null for nothing</param>
    public TrainingState(TrainJob job, Transformer model, TokenFile tokens, Func<Transformer, ITrainedBeside>? beside = null)
    {
        var options = job.Training;
        Model = model;
        Batches = new BatchSampler(tokens, options.BatchSize, job.Model.NCtx, KeyedRandom.DeriveSeed(job.Seed, "batches"));
        Beside = beside?.Invoke(model);
        Parameters = [.. model.Parameters, .. Beside?.Parameters ?? []];
        Optimizer = new SparseAdamW(Parameters, options);
    }

    public Transformer Model { get; }

    /// <summary>What is trained with the model, which is its owner's; null for nothing.</summary>
    public ITrainedBeside? Beside { get; }

    public IReadOnlyList<Parameter> Parameters { get; }

    public SparseAdamW Optimizer { get; }

    public BatchSampler Batches { get; }

    public int Step { get; set; }

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
