using System.Diagnostics.CodeAnalysis;

namespace Sweeps.Contracts;

/// <summary>Measures the unpruned model on the task's splits.</summary>
public sealed record EvaluateJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public EvaluateJob()
    {
    }

    /// <summary>A job with the inputs, output and seed of another.</summary>
    [SetsRequiredMembers]
    public EvaluateJob(ModelTaskJob inputs)
        : base(inputs)
    {
    }
}

/// <summary>
/// The unpruned model on a task: mean cross-entropy over the two candidates at the last position, nats, and accuracy, per split.
/// </summary>
/// <param name="TrainLoss">train split</param>
/// <param name="ValidationLoss">validation split</param>
/// <param name="TestLoss">test split</param>
/// <param name="TestAccuracy">fraction of test sequences whose right completion has the higher logit</param>
public sealed record EvaluateResult(double TrainLoss, double ValidationLoss, double TestLoss, double TestAccuracy) : JobResult
{
    /// <summary>
    /// Validation split, nats, with a scale and a shift of the logits that were fitted on the train split: what the model knows, also where
    /// it is overconfident. Null in results from before it was measured.
    /// </summary>
    public double? CalibratedLoss { get; init; }
}
