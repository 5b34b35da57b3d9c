using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// Describes features of a dictionary by rules, suffix patterns and concepts, and tests the descriptions on tokens that they were not made
/// from.
/// </summary>
public sealed record ScoreFeaturesJob : Job
{
    /// <summary>The trained model.</summary>
    public required ArtifactRef Model { get; init; }

    /// <summary>The encoded corpus that the model was trained on.</summary>
    public required CorpusArtifacts Corpus { get; init; }

    /// <summary>The location, as <see cref="AutoencoderOptions.Location"/>.</summary>
    public required string Location { get; init; }

    /// <summary>An autoencoder's file, or a baseline's.</summary>
    public required ArtifactRef Dictionary { get; init; }

    /// <summary>Features that a baseline uses for each activation; null of an autoencoder, which decides that itself.</summary>
    public int? ActiveFeatures { get; init; }

    /// <summary>First positions of every window that are left out; default 1.</summary>
    public int SkipTokens { get; init; } = 1;

    /// <summary>How.</summary>
    public required InterpretabilityOptions Options { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string? Affinity => Model.Sha256;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Size => $"{Model.Bytes}";
}

/// <summary>What the features of a dictionary mean, and how well that holds.</summary>
/// <param name="Features">JSON: a list of <see cref="FeatureScores"/>, by number</param>
/// <param name="Alive">features that are active on more than 10 tokens, of which those that are scored were drawn</param>
/// <param name="Scores">the means</param>
public sealed record ScoreFeaturesResult(ArtifactRef Features, int Alive, DictionaryScores Scores) : JobResult;
