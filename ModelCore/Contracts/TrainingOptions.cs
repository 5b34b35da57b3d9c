namespace Sweeps.Contracts;

/// <summary>How a weight-sparse model is trained; the defaults are the paper's [G A.2]. Dense training is <see cref="L0"/> = 1.</summary>
public sealed record TrainingOptions
{
    /// <summary>Optimiser steps.</summary>
    public int Steps { get; init; } = 10_000;

    /// <summary>Sequences of n_ctx tokens per step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Target fraction of nonzero entries in every weight matrix and bias, in (0, 1].</summary>
    public double L0 { get; init; } = 1;

    /// <summary>Fraction of the steps over which L0 falls linearly from 1 to the target; paper 0.5 (0.8 for the sparsest, largest models).</summary>
    public double L0AnnealFraction { get; init; } = 0.5;

    /// <summary>Nonzeros (the paper's j) that each neuron and attention channel keeps at least; paper 4. They count against the budget.</summary>
    public int MinNonzerosPerUnit { get; init; } = 4;

    /// <summary>Peak learning rate, before the factor 1/√L0.</summary>
    public double PeakLr { get; init; } = 3e-3;

    /// <summary>Fraction of the steps over which the learning rate rises linearly; paper 0.01. It then falls linearly to 0.</summary>
    public double WarmupFraction { get; init; } = 0.01;

    /// <summary>Whether the learning rate is multiplied by 1/√L0 with L0 the current fraction (the "sharkfin"); default true.</summary>
    public bool SharkfinLr { get; init; } = true;

    /// <summary>AdamW β1; paper 0.9.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW β2; paper 0.95.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>AdamW ε; paper 0.1, unusually large and deliberate.</summary>
    public double Epsilon { get; init; } = 0.1;

    /// <summary>AdamW weight decay; paper 0.1.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Bound on the root mean square of the gradient over all parameters jointly; paper 1.</summary>
    public double ClipRms { get; init; } = 1;

    /// <summary>Standard deviation of the initial weights; output projections get it divided by √(2 n_layer). Default 0.02.</summary>
    public double InitStd { get; init; } = 0.02;

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

    /// <summary>What is wrong with these values, one sentence each with the option, the value and what was expected; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Steps < 1) yield return $"steps is {Steps}: expected at least 1";
        if (BatchSize < 1) yield return $"batch_size is {BatchSize}: expected at least 1";
        if (!(L0 > 0 && L0 <= 1)) yield return $"l0 is {L0}: expected above 0 and at most 1 (dense)";
        if (!(L0AnnealFraction >= 0 && L0AnnealFraction <= 1)) yield return $"l0_anneal_fraction is {L0AnnealFraction}: expected 0 to 1";
        if (MinNonzerosPerUnit < 0) yield return $"min_nonzeros_per_unit is {MinNonzerosPerUnit}: expected 0 or more";
        if (!Positive(PeakLr)) yield return $"peak_lr is {PeakLr}: expected a positive number";
        if (!(WarmupFraction >= 0 && WarmupFraction < 1)) yield return $"warmup_fraction is {WarmupFraction}: expected 0 to below 1";
        if (!(Beta1 >= 0 && Beta1 < 1)) yield return $"beta1 is {Beta1}: expected 0 to below 1";
        if (!(Beta2 >= 0 && Beta2 < 1)) yield return $"beta2 is {Beta2}: expected 0 to below 1";
        if (!Positive(Epsilon)) yield return $"epsilon is {Epsilon}: expected a positive number";
        if (!(WeightDecay >= 0 && double.IsFinite(WeightDecay))) yield return $"weight_decay is {WeightDecay}: expected 0 or more";
        if (!Positive(ClipRms)) yield return $"clip_rms is {ClipRms}: expected a positive number";
        if (!Positive(InitStd)) yield return $"init_std is {InitStd}: expected a positive number";
        if (EvalEvery < 1) yield return $"eval_every is {EvalEvery}: expected at least 1";
        if (EvalBatches < 1) yield return $"eval_batches is {EvalBatches}: expected at least 1";
        if (LogEvery < 1) yield return $"log_every is {LogEvery}: expected at least 1";
        if (CheckpointEvery < 1) yield return $"checkpoint_every is {CheckpointEvery}: expected at least 1";
        if (!(DivergenceFactor > 1 && double.IsFinite(DivergenceFactor))) yield return $"divergence_factor is {DivergenceFactor}: expected above 1";
        if (MeanCacheTokens < 1) yield return $"mean_cache_tokens is {MeanCacheTokens}: expected at least 1";
    }

    private static bool Positive(double value) => value > 0 && double.IsFinite(value);
}
