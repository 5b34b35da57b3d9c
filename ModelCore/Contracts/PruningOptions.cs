using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// How circuits are pruned, the same for every pruning of a sweep; the defaults are the paper's [G 2.2, A.5] where it gives one.
/// </summary>
public sealed record PruningOptions
{
    /// <summary>Steps of mask training.</summary>
    public int Steps { get; init; } = 500;

    /// <summary>Task pairs per step; each is two sequences. Paper 64.</summary>
    public int BatchPairs { get; init; } = 64;

    /// <summary>Calibrated task loss, in nats, that a circuit must reach on the validation split; paper 0.15.</summary>
    public double TargetLoss { get; init; } = 0.15;

    /// <summary>
    /// By how many nats the loss on the validation split must be below <see cref="TargetLoss"/> for a circuit to be chosen; default 0.
    /// Circuits are chosen by that loss, the smallest that will do, so that on other words it is a little higher: with a margin they keep
    /// to the target there too.
    /// </summary>
    public double Margin { get; init; }

    /// <summary>The loss on the validation split that decides: <see cref="TargetLoss"/> less <see cref="Margin"/>.</summary>
    [JsonIgnore]
    public double SelectionLoss => TargetLoss - Margin;

    /// <summary>Pairs of the train split that mask training draws its batches from.</summary>
    public int TrainPairs { get; init; } = 1024;

    /// <summary>Pairs of the validation split; fixed, so that the loss of the bisection is a function of k.</summary>
    public int ValidationPairs { get; init; } = 256;

    /// <summary>Pairs of the test split, used only for the report.</summary>
    public int TestPairs { get; init; } = 256;

    /// <summary>Steps of Newton's method that fit scale and shift of the final logits; paper 16, of L-BFGS.</summary>
    public int CalibrationSteps { get; init; } = 16;

    /// <summary>
    /// Probability that calibration gives to the wrong completion; default 0. Where a circuit decides all validation pairs rightly, nothing
    /// else bounds the scale, and a single wrong answer elsewhere costs tens of nats. Platt's choice is 1/(N + 2) for N sequences of each
    /// completion [Platt 1999].
    /// </summary>
    public double CalibrationSmoothing { get; init; }

    /// <summary>AdamW β1; default 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Bound on the norm of the gradient of all masks jointly; default 1.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Task loss over the whole vocabulary instead of the two candidate completions; default false.</summary>
    public bool WholeVocabularyLoss { get; init; }

    /// <summary>One mask for each query channel and its key channel; default false, as in the paper.</summary>
    public bool TieQueryKey { get; init; }

    /// <summary>
    /// Whether the channels that the last norm reads are nodes too; default false, as in the paper. OpenAI's circuit files have them:
    /// without, no mask can keep what reaches the residual from the unembedding.
    /// </summary>
    public bool FinalResid { get; init; }

    /// <summary>
    /// Whether nodes of a validated circuit are removed one by one, the least useful first, as long as its calibrated validation loss stays
    /// at the target; default false. The paper's authors did so by hand [G 3].
    /// </summary>
    public bool CleanUp { get; init; }

    /// <summary>Sparse or dense products in mask training and evaluation; default auto.</summary>
    public KernelChoice Kernels { get; init; }

    /// <summary>Steps between checkpoints of a pruning; default 100. It changes no result.</summary>
    public int CheckpointEvery { get; init; } = 100;

    /// <summary>
    /// What is wrong with these values, one sentence each with the option, the value and what was expected; empty when nothing is.
    /// </summary>
    public IEnumerable<string> Validate()
    {
        if (Steps < 1) yield return $"steps is {Steps}: expected at least 1";
        if (BatchPairs < 1) yield return $"batch_pairs is {BatchPairs}: expected at least 1";
        if (!(TargetLoss > 0 && double.IsFinite(TargetLoss)))
            yield return $"target_loss is {TargetLoss}: expected a positive number of nats";
        if (!(Margin >= 0 && Margin < TargetLoss))
            yield return $"margin is {Margin}: expected 0 to below target_loss, which is {TargetLoss}";
        if (TrainPairs < 1) yield return $"train_pairs is {TrainPairs}: expected at least 1";
        if (ValidationPairs < 1) yield return $"validation_pairs is {ValidationPairs}: expected at least 1";
        if (TestPairs < 1) yield return $"test_pairs is {TestPairs}: expected at least 1";
        if (CalibrationSteps < 1) yield return $"calibration_steps is {CalibrationSteps}: expected at least 1";
        if (!(CalibrationSmoothing >= 0 && CalibrationSmoothing < 0.5))
            yield return $"calibration_smoothing is {CalibrationSmoothing}: expected 0 to below 0.5";
        if (!(Beta1 >= 0 && Beta1 < 1)) yield return $"beta1 is {Beta1}: expected 0 to below 1";
        if (!(ClipNorm > 0 && double.IsFinite(ClipNorm))) yield return $"clip_norm is {ClipNorm}: expected a positive number";
        if (!Enum.IsDefined(Kernels)) yield return $"kernels is {Kernels}: expected auto, dense or sparse";
        if (CheckpointEvery < 1) yield return $"checkpoint_every is {CheckpointEvery}: expected at least 1";
    }
}
