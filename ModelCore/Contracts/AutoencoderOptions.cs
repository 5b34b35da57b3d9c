using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// How a sparse autoencoder of a model's activations is trained. Inputs are divided by their root mean square first, so that coefficients,
/// thresholds and learning rates mean the same at every location; what is saved is in the activations' own units again.
/// </summary>
public sealed record AutoencoderOptions
{
    private static readonly IReadOnlyList<double> _quarters = [0.25, 0.5, 0.75];

    /// <summary>
    /// Whose activations: a residual ({layer}.resid_in, {layer}.resid_mid, final_resid), {layer}.attn.y, or a node location. Default
    /// 0.resid_mid.
    /// </summary>
    public string Location { get; init; } = "0.resid_mid";

    /// <summary>How codes are made and kept sparse; default topk.</summary>
    public AutoencoderKind Kind { get; init; }

    /// <summary>Features per channel of the location; default 4.</summary>
    public double Ratio { get; init; } = 4;

    /// <summary>Weight of the L1 term of l1 and l1_tied, in the units of <see cref="Reduction"/>; paper 8.6e-4, for mean.</summary>
    public double Alpha { get; init; } = 8.6e-4;

    /// <summary>Active features for each input, of topk, and in the mean of a batch, of batchtopk; default 16.</summary>
    public int K { get; init; } = 16;

    /// <summary>
    /// Active features that jumprelu aims at: its loss has l0_coef · (L0 / target − 1)². Null for l0_coef · L0. Default 16.
    /// </summary>
    public double? TargetL0 { get; init; } = 16;

    /// <summary>Weight of jumprelu's term of L0, in the units of <see cref="Reduction"/>; default 1.</summary>
    public double L0Coef { get; init; } = 1;

    /// <summary>
    /// Width around a threshold in which jumprelu's step has a slope, in units of the normalised input; default 0.03, for few tokens.
    /// </summary>
    public double Bandwidth { get; init; } = 0.03;

    /// <summary>Where jumprelu's thresholds begin; default 0.1.</summary>
    public double ThresholdInit { get; init; } = 0.1;

    /// <summary>What remains of batchtopk's threshold in a step; default 0.999.</summary>
    public double ThresholdDecay { get; init; } = 0.999;

    /// <summary>Fraction of the steps before batchtopk's threshold is learned; default 0.05.</summary>
    public double ThresholdStart { get; init; } = 0.05;

    /// <summary>What becomes of the squared error; default mean, as in the paper.</summary>
    public LossReduction Reduction { get; init; }

    /// <summary>The seed of the initial weights. The order of the data does not depend on it. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Activations trained on; default 4,000,000.</summary>
    public long Tokens { get; init; } = 4_000_000;

    /// <summary>Activations of a step; default 1024.</summary>
    public int Batch { get; init; } = 1024;

    /// <summary>
    /// Activations that are kept to draw from; half of them are replaced when half have been drawn. Default 131,072; a multiple of twice
    /// the batch.
    /// </summary>
    public int Buffer { get; init; } = 131_072;

    /// <summary>First positions of every window that are left out, whose norms are outliers; default 1.</summary>
    public int SkipTokens { get; init; } = 1;

    /// <summary>Whether inputs are divided by their root mean square; default true.</summary>
    public bool Normalise { get; init; } = true;

    /// <summary>Whether the dictionary has a bias, which begins at the mean input; default true. The paper has none.</summary>
    public bool DecoderBias { get; init; } = true;

    /// <summary>Peak learning rate of Adam; default 1e-3.</summary>
    public double Lr { get; init; } = 1e-3;

    /// <summary>Fraction of the steps over which the learning rate rises; default 0.05.</summary>
    public double WarmupFraction { get; init; } = 0.05;

    /// <summary>Fraction of the steps, at the end, over which the learning rate falls to 0; default 0.2.</summary>
    public double DecayFraction { get; init; } = 0.2;

    /// <summary>Fraction of the steps over which the weight of the L1 term, or of L0's, rises; default 0.05.</summary>
    public double SparsityWarmupFraction { get; init; } = 0.05;

    /// <summary>Adam's β1; null (default) for 0.9, and 0 for jumprelu.</summary>
    public double? Beta1 { get; init; }

    /// <summary>Adam's β2; default 0.999.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Adam's ε; default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Bound on the norm of the gradient; default 1.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>
    /// Activations without a firing after which a feature is dead; null (default) for 100,000, or 5 % of <see cref="Tokens"/> where that is
    /// more.
    /// </summary>
    public long? DeadTokens { get; init; }

    /// <summary>What is done for dead features; default by kind.</summary>
    public DeadFeatureRemedy Dead { get; init; }

    /// <summary>Fractions of the steps after which dead features are resampled; default 0.25, 0.5 and 0.75.</summary>
    public IReadOnlyList<double> ResampleAt { get; init; } = _quarters;

    /// <summary>Norm of a resampled feature's encoder, as a fraction of the mean of the others; default 0.2.</summary>
    public double ResampleScale { get; init; } = 0.2;

    /// <summary>Weight of the auxiliary loss; default 1/32.</summary>
    public double AuxCoef { get; init; } = 1.0 / 32;

    /// <summary>Dead features that reconstruct in the auxiliary loss; null (default) for half of the channels.</summary>
    public int? AuxK { get; init; }

    /// <summary>
    /// Fraction of the steps after which the training ends if it is hopeless by <see cref="StopFvu"/> or <see cref="StopDead"/>; default
    /// 0.4, which leaves features that were resampled at 0.25 time to fire.
    /// </summary>
    public double StopAt { get; init; } = 0.4;

    /// <summary>
    /// Fraction of the variance of training activations that is still unexplained there above which it ends; null (default) for none.
    /// </summary>
    public double? StopFvu { get; init; }

    /// <summary>Fraction of the features that are dead there above which it ends; null (default) for none.</summary>
    public double? StopDead { get; init; }

    /// <summary>Activations of the evaluation; default 131,072.</summary>
    public int EvalTokens { get; init; } = 131_072;

    /// <summary>Steps between points of the training curve; default 50.</summary>
    public int LogEvery { get; init; } = 50;

    /// <summary>Steps between checkpoints; default 500. It changes no result.</summary>
    public int CheckpointEvery { get; init; } = 500;

    /// <summary><see cref="Location"/>, read.</summary>
    /// <exception cref="FormatException">it is no location</exception>
    [JsonIgnore]
    public ValueLocation At => ValueLocation.Parse(Location);

    /// <summary>Steps of the training.</summary>
    [JsonIgnore]
    public int Steps => (int)Math.Min(int.MaxValue, (Tokens + Batch - 1) / Batch);

    /// <summary>The step after which it is judged whether the training is hopeless; null where it never is.</summary>
    [JsonIgnore]
    public int? StopStep => StopFvu is null && StopDead is null ? null : Math.Max(1, (int)(StopAt * Steps));

    /// <summary><see cref="Dead"/> with the default resolved.</summary>
    [JsonIgnore]
    public DeadFeatureRemedy Remedy => Dead != DeadFeatureRemedy.Auto ? Dead
        : Kind is AutoencoderKind.Topk or AutoencoderKind.Batchtopk ? DeadFeatureRemedy.Aux : DeadFeatureRemedy.Resample;

    /// <summary><see cref="DeadTokens"/> with the default resolved.</summary>
    [JsonIgnore]
    public long DeadAfter => DeadTokens ?? Math.Max(100_000, Tokens / 20);

    /// <summary>Features of a dictionary for inputs of width d.</summary>
    public int Features(int d) => Math.Max(1, (int)Math.Round(Ratio * d));

    /// <summary><see cref="Alpha"/> for a squared error that is summed over the channels of an input of width d.</summary>
    public double AlphaSum(int d) => Reduction == LossReduction.Sum ? Alpha : Alpha * d;

    /// <summary>
    /// What is wrong with these values, one sentence each with the option, the value and what was expected; empty when nothing is.
    /// </summary>
    public IEnumerable<string> Validate()
    {
        if (!ValueLocation.TryParse(Location, out _))
            yield return $"location is '{Location}': expected a layer and a site, as in 1.resid_in or 0.mlp.post_act, or final_resid";
        if (!Enum.IsDefined(Kind)) yield return $"kind is {Kind}: expected topk, batchtopk, jumprelu, l1 or l1_tied";
        if (!(Ratio > 0 && Ratio <= 1024)) yield return $"ratio is {Ratio}: expected above 0 and at most 1024";
        if (!(Alpha >= 0 && double.IsFinite(Alpha))) yield return $"alpha is {Alpha}: expected 0 or more";
        if (K < 1) yield return $"k is {K}: expected at least 1";
        if (TargetL0 is { } target && !Positive(target)) yield return $"target_l0 is {target}: expected a positive number, or null";
        if (!(L0Coef >= 0 && double.IsFinite(L0Coef))) yield return $"l0_coef is {L0Coef}: expected 0 or more";
        if (!Positive(Bandwidth)) yield return $"bandwidth is {Bandwidth}: expected a positive number";
        if (!Positive(ThresholdInit)) yield return $"threshold_init is {ThresholdInit}: expected a positive number";
        if (!(ThresholdDecay >= 0 && ThresholdDecay < 1)) yield return $"threshold_decay is {ThresholdDecay}: expected 0 to below 1";
        if (!(ThresholdStart >= 0 && ThresholdStart < 1)) yield return $"threshold_start is {ThresholdStart}: expected 0 to below 1";
        if (!Enum.IsDefined(Reduction)) yield return $"reduction is {Reduction}: expected mean or sum";
        if (Batch < 1) yield return $"batch is {Batch}: expected at least 1";
        else if (Tokens < Batch) yield return $"tokens is {Tokens}: expected at least batch, which is {Batch}";
        else if (Tokens / Batch >= int.MaxValue) yield return $"tokens is {Tokens}: expected fewer than 2^31 batches of {Batch}";
        if (Batch >= 1 && (Buffer < 1 || Buffer % (2L * Batch) != 0))
            yield return $"buffer is {Buffer}: expected a positive multiple of twice the batch of {Batch}";
        if (SkipTokens < 0) yield return $"skip_tokens is {SkipTokens}: expected 0 or more";
        if (!Positive(Lr)) yield return $"lr is {Lr}: expected a positive number";
        if (!(WarmupFraction >= 0 && WarmupFraction < 1)) yield return $"warmup_fraction is {WarmupFraction}: expected 0 to below 1";
        if (!(DecayFraction >= 0 && DecayFraction <= 1)) yield return $"decay_fraction is {DecayFraction}: expected 0 to 1";
        if (!(SparsityWarmupFraction >= 0 && SparsityWarmupFraction < 1))
            yield return $"sparsity_warmup_fraction is {SparsityWarmupFraction}: expected 0 to below 1";
        if (Beta1 is { } beta1 && !(beta1 >= 0 && beta1 < 1)) yield return $"beta1 is {beta1}: expected 0 to below 1, or null";
        if (!(Beta2 >= 0 && Beta2 < 1)) yield return $"beta2 is {Beta2}: expected 0 to below 1";
        if (!Positive(Epsilon)) yield return $"epsilon is {Epsilon}: expected a positive number";
        if (!Positive(ClipNorm)) yield return $"clip_norm is {ClipNorm}: expected a positive number";
        if (DeadTokens is < 1) yield return $"dead_tokens is {DeadTokens}: expected at least 1, or null";
        if (!Enum.IsDefined(Dead)) yield return $"dead is {Dead}: expected auto, none, resample or aux";
        if (ResampleAt.Where(at => !(at > 0 && at < 1)).Select(at => (double?)at).FirstOrDefault() is { } wrong)
            yield return $"resample_at has {wrong}: expected fractions above 0 and below 1";
        if (!Positive(ResampleScale)) yield return $"resample_scale is {ResampleScale}: expected a positive number";
        if (!(AuxCoef >= 0 && double.IsFinite(AuxCoef))) yield return $"aux_coef is {AuxCoef}: expected 0 or more";
        if (AuxK is < 1) yield return $"aux_k is {AuxK}: expected at least 1, or null";
        if (!(StopAt > 0 && StopAt < 1)) yield return $"stop_at is {StopAt}: expected above 0 and below 1";
        if (StopFvu is { } fvu && !Positive(fvu)) yield return $"stop_fvu is {StopFvu}: expected a positive number, or null";
        if (StopDead is { } share && !(share >= 0 && share < 1)) yield return $"stop_dead is {StopDead}: expected 0 to below 1, or null";
        if (EvalTokens < 1) yield return $"eval_tokens is {EvalTokens}: expected at least 1";
        if (LogEvery < 1) yield return $"log_every is {LogEvery}: expected at least 1";
        if (CheckpointEvery < 1) yield return $"checkpoint_every is {CheckpointEvery}: expected at least 1";
    }

    /// <summary>What is wrong with these values for a model of this shape; empty when nothing is.</summary>
    public IEnumerable<string> Validate(ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (SkipTokens >= model.NCtx) yield return $"skip_tokens is {SkipTokens}: expected less than n_ctx, which is {model.NCtx}";
        if (!ValueLocation.TryParse(Location, out var at)) yield break;
        if (!at.IsIn(model.NLayer))
        {
            yield return $"location is {Location}: the model has {model.NLayer} layers, numbered from 0";
            yield break;
        }
        var features = Features(at.Width(model));
        if (Kind is AutoencoderKind.Topk or AutoencoderKind.Batchtopk && K > features)
            yield return $"k is {K}: expected at most the number of features, which is {features}";
    }

    private static bool Positive(double value) => value > 0 && double.IsFinite(value);
}
