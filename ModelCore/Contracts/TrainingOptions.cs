namespace Sweeps.Contracts;

/// <summary>
/// How a weight-sparse model is trained. Defaults are those of the authors' training script [T] (openai/circuit_sparsity, train.py), which
/// differ here and there from the paper's text [G A.2]. Dense training is <see cref="L0"/> = 1.
/// </summary>
public sealed record TrainingOptions
{
    /// <summary>Optimiser steps.</summary>
    public int Steps { get; init; } = 10_000;

    /// <summary>Sequences of n_ctx tokens per step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Target fraction of nonzero entries in every weight matrix of attention and MLP, in (0, 1].</summary>
    public double L0 { get; init; } = 1;

    /// <summary>
    /// Target fraction of token embedding and unembedding; null (default) for √<see cref="L0"/>, which is the law of the authors' models
    /// for p = 1 [T].
    /// </summary>
    public double? EmbeddingL0 { get; init; }

    /// <summary>
    /// Whether biases have the matrices' L0, as the text has it [G A.2]; default false, as in the script, which leaves them dense.
    /// </summary>
    public bool SparseBiases { get; init; }

    /// <summary>Whether the position embedding has the embeddings' L0; default false: it is dense [T].</summary>
    public bool SparsePositions { get; init; }

    /// <summary>How L0 falls from <see cref="L0AnnealInitial"/> to the target; default linear.</summary>
    public L0Anneal L0Anneal { get; init; }

    /// <summary>The matrices' L0 before it falls; 1 (default) is dense. Below the target it is the target.</summary>
    public double L0AnnealInitial { get; init; } = 1;

    /// <summary>Fraction of the steps after which L0 begins to fall; script 0.01.</summary>
    public double L0AnnealStart { get; init; } = 0.01;

    /// <summary>Fraction of the steps after which L0 is at the target; paper 0.5 (0.8 for the sparsest, largest models).</summary>
    public double L0AnnealFraction { get; init; } = 0.5;

    /// <summary>
    /// Nonzeros (the paper's j) that each neuron and attention channel keeps at least; paper 4. They count against the budget.
    /// </summary>
    public int MinNonzerosPerUnit { get; init; } = 4;

    /// <summary>Peak learning rate, before the factor of <see cref="L0LrScale"/>; script 0.0128.</summary>
    public double PeakLr { get; init; } = 1.28e-2;

    /// <summary>Fraction of the steps over which the learning rate rises linearly; paper 0.01. It then falls linearly to 0.</summary>
    public double WarmupFraction { get; init; } = 0.01;

    /// <summary>By what the learning rate is multiplied while L0 falls (the "sharkfin"); default √(target / L0).</summary>
    public L0LrScale L0LrScale { get; init; }

    /// <summary>AdamW β1; paper 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW β2; paper 0.95.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>
    /// AdamW ε; paper 0.1. It belongs to gradients of unit RMS: a weight of small gradient then hardly moves, and what stays nonzero is
    /// stable.
    /// </summary>
    public double Epsilon { get; init; } = 0.1;

    /// <summary>AdamW weight decay of matrices and embeddings; paper 0.1. The bigram table, biases and gains are not decayed [T].</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>
    /// Whether the gradient is divided by its root mean square over all parameters jointly (default, [T]) or only bounded by <see
    /// cref="ClipRms"/>.
    /// </summary>
    public GradientScale GradientScale { get; init; }

    /// <summary>Added to the root mean square that the gradient is divided by; script 1e-5.</summary>
    public double GradientRmsEps { get; init; } = 1e-5;

    /// <summary>Bound on the root mean square of the gradient, where it is clipped; default 1.</summary>
    public double ClipRms { get; init; } = 1;

    /// <summary>Standard deviation of the initial weights; output projections get it divided by √(2 n_layer). Default 0.02.</summary>
    public double InitStd { get; init; } = 0.02;

    /// <summary>The bigram table starts uniform between 0 and this; script 0.02.</summary>
    public double BigramInit { get; init; } = 0.02;

    /// <summary>Steps between evaluations on the validation documents; the last step is always evaluated.</summary>
    public int EvalEvery { get; init; } = 500;

    /// <summary>Batches of an evaluation; they are fixed, so that the loss is a function of the model.</summary>
    public int EvalBatches { get; init; } = 8;

    /// <summary>Steps between logged points of the training curve.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Steps between checkpoints. It changes no result.</summary>
    public int CheckpointEvery { get; init; } = 200;

    /// <summary>A loss above this many times ln(vocab) after the warm-up is divergence; default 3.</summary>
    public double DivergenceFactor { get; init; } = 3;

    /// <summary>Training tokens over which the mean activation of every node is taken when training ends; method.md 3.1.</summary>
    public int MeanCacheTokens { get; init; } = 65_536;

    /// <summary>Which code multiplies by the weights; default by their density.</summary>
    public KernelChoice Kernels { get; init; }

    /// <summary>What the factors of the weights' gradients are rounded to; default float32, nothing.</summary>
    public WeightGradient WeightGradient { get; init; }

    /// <summary>
    /// What is wrong with these values, one sentence each with the option, the value and what was expected; empty when nothing is.
    /// </summary>
    public IEnumerable<string> Validate()
    {
        if (Steps < 1) yield return $"steps is {Steps}: expected at least 1";
        if (BatchSize < 1) yield return $"batch_size is {BatchSize}: expected at least 1";
        if (!(L0 > 0 && L0 <= 1)) yield return $"l0 is {L0}: expected above 0 and at most 1 (dense)";
        if (EmbeddingL0 is { } l0 && !(l0 > 0 && l0 <= 1)) yield return $"embedding_l0 is {l0}: expected above 0 and at most 1, or null";
        if (!(L0AnnealInitial > 0 && L0AnnealInitial <= 1))
            yield return $"l0_anneal_initial is {L0AnnealInitial}: expected above 0 and at most 1 (dense)";
        if (!(L0AnnealStart >= 0 && L0AnnealStart <= 1)) yield return $"l0_anneal_start is {L0AnnealStart}: expected 0 to 1";
        if (!(L0AnnealFraction >= 0 && L0AnnealFraction <= 1)) yield return $"l0_anneal_fraction is {L0AnnealFraction}: expected 0 to 1";
        if (MinNonzerosPerUnit < 0) yield return $"min_nonzeros_per_unit is {MinNonzerosPerUnit}: expected 0 or more";
        if (!Positive(PeakLr)) yield return $"peak_lr is {PeakLr}: expected a positive number";
        if (!(WarmupFraction >= 0 && WarmupFraction < 1)) yield return $"warmup_fraction is {WarmupFraction}: expected 0 to below 1";
        if (!(Beta1 >= 0 && Beta1 < 1)) yield return $"beta1 is {Beta1}: expected 0 to below 1";
        if (!(Beta2 >= 0 && Beta2 < 1)) yield return $"beta2 is {Beta2}: expected 0 to below 1";
        if (!Positive(Epsilon)) yield return $"epsilon is {Epsilon}: expected a positive number";
        if (!(WeightDecay >= 0 && double.IsFinite(WeightDecay))) yield return $"weight_decay is {WeightDecay}: expected 0 or more";
        if (!Positive(GradientRmsEps)) yield return $"gradient_rms_eps is {GradientRmsEps}: expected a positive number";
        if (!Positive(ClipRms)) yield return $"clip_rms is {ClipRms}: expected a positive number";
        if (!Positive(InitStd)) yield return $"init_std is {InitStd}: expected a positive number";
        if (!(BigramInit >= 0 && double.IsFinite(BigramInit))) yield return $"bigram_init is {BigramInit}: expected 0 or more";
        if (EvalEvery < 1) yield return $"eval_every is {EvalEvery}: expected at least 1";
        if (EvalBatches < 1) yield return $"eval_batches is {EvalBatches}: expected at least 1";
        if (LogEvery < 1) yield return $"log_every is {LogEvery}: expected at least 1";
        if (CheckpointEvery < 1) yield return $"checkpoint_every is {CheckpointEvery}: expected at least 1";
        if (!(DivergenceFactor > 1 && double.IsFinite(DivergenceFactor)))
            yield return $"divergence_factor is {DivergenceFactor}: expected above 1";
        if (MeanCacheTokens < 1) yield return $"mean_cache_tokens is {MeanCacheTokens}: expected at least 1";
    }

    /// <summary>
    /// What is wrong with these values for a model of this shape: an L0 below what <see cref="MinNonzerosPerUnit"/> alone makes nonzero is
    /// never reached. Empty when nothing is.
    /// </summary>
    public IEnumerable<string> Validate(ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var floor = (double)Math.Min(MinNonzerosPerUnit, model.DModel) / model.DModel;
        if (L0 < floor)
        {
            yield return $"l0 is {L0}, which a model of d_model {model.DModel} cannot reach: its neurons and channels keep "
                + $"{MinNonzerosPerUnit} nonzeros each (min_nonzeros_per_unit), which is {floor:G4} of the weights; expected at least "
                + $"that, "
                + $"a d_model of at least {Math.Ceiling(MinNonzerosPerUnit / L0)}, or a smaller min_nonzeros_per_unit";
        }
    }

    private static bool Positive(double value) => value > 0 && double.IsFinite(value);
}
