using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// Trains a sparse autoencoder on the activations of a model at one location, which are made while it trains, and measures it. The order of
/// the data depends on <see cref="Job.Seed"/>, the initial weights on that and on <see cref="AutoencoderOptions.Seed"/>: autoencoders of
/// one job seed see the same data.
/// </summary>
public sealed record TrainAutoencoderJob : Job
{
    /// <summary>The trained model.</summary>
    public required ArtifactRef Model { get; init; }

    /// <summary>The encoded corpus that the model was trained on.</summary>
    public required CorpusArtifacts Corpus { get; init; }

    /// <summary>What is trained, and how.</summary>
    public required AutoencoderOptions Options { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string? Affinity => Model.Sha256;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Size => $"{Model.Bytes}, {Options.Location}, {Options.Ratio}, {Options.Batch}";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string CheckpointFolder => $"{Output}/checkpoints";
}

/// <summary>A sparse autoencoder.</summary>
/// <param name="Autoencoder">safetensors, in the activations' own units (see Autoencoders/README)</param>
/// <param name="Curve">JSON: what the training logged</param>
/// <param name="Features">features of the dictionary</param>
/// <param name="Steps">steps trained</param>
/// <param name="Tokens">activations trained on</param>
/// <param name="AlphaSum">
/// weight of the L1 term for a squared error that is summed over the channels, of l1 and l1_tied; null of the others
/// </param>
/// <param name="Resampled">dead features that began anew, each time counted</param>
/// <param name="Metrics">on validation tokens</param>
public sealed record TrainAutoencoderResult(
    ArtifactRef Autoencoder, ArtifactRef Curve, int Features, int Steps, long Tokens, double? AlphaSum, int Resampled,
    DictionaryMetrics Metrics) : JobResult
{
    /// <summary>
    /// Where and why the training ended early, so that everything else is of an unfinished autoencoder; null where it came to its end.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AutoencoderStop? Stopped { get; init; }
}
