using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// Makes the baselines of a location (PCA, ICA, random directions, neurons), measures them as autoencoders are measured, at each of some
/// numbers of active features, and compares the dictionaries of given autoencoders of that location with each other.
/// </summary>
public sealed record EvaluateDictionariesJob : Job
{
    /// <summary>The trained model.</summary>
    public required ArtifactRef Model { get; init; }

    /// <summary>The encoded corpus that the model was trained on.</summary>
    public required CorpusArtifacts Corpus { get; init; }

    /// <summary>The location, as <see cref="AutoencoderOptions.Location"/>.</summary>
    public required string Location { get; init; }

    /// <summary>The baselines wanted.</summary>
    public required IReadOnlyList<BaselineKind> Baselines { get; init; }

    /// <summary>Numbers of active features at which they are measured.</summary>
    public required IReadOnlyList<int> ActiveFeatures { get; init; }

    /// <summary>Random directions per channel; default 4.</summary>
    public double RandomRatio { get; init; } = 4;

    /// <summary>Iterations of FastICA, at most; default 200.</summary>
    public int IcaIterations { get; init; } = 200;

    /// <summary>Training activations that PCA and ICA are fitted to; default 131,072.</summary>
    public int FitTokens { get; init; } = 131_072;

    /// <summary>Activations of the evaluation; default 131,072.</summary>
    public int EvalTokens { get; init; } = 131_072;

    /// <summary>First positions of every window that are left out; default 1.</summary>
    public int SkipTokens { get; init; } = 1;

    /// <summary>Autoencoders of the location, whose dictionaries are compared, each with all others.</summary>
    public IReadOnlyList<NamedDictionary> Autoencoders { get; init; } = [];

    /// <inheritdoc/>
    [JsonIgnore]
    public override string? Affinity => Model.Sha256;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Size => $"{Model.Bytes}";

    /// <summary>What is wrong with these values, one sentence each; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (!ValueLocation.TryParse(Location, out _))
            yield return $"location is '{Location}': expected a layer and a site, as in 1.resid_in or 0.mlp.post_act, or final_resid";
        if (ActiveFeatures.Any(k => k < 1)) yield return $"active_features has {ActiveFeatures.First(k => k < 1)}: expected at least 1";
        if (!(RandomRatio > 0 && RandomRatio <= 1024)) yield return $"random_ratio is {RandomRatio}: expected above 0 and at most 1024";
        if (IcaIterations < 1) yield return $"ica_iterations is {IcaIterations}: expected at least 1";
        if (FitTokens < 2) yield return $"fit_tokens is {FitTokens}: expected at least 2";
        if (EvalTokens < 1) yield return $"eval_tokens is {EvalTokens}: expected at least 1";
        if (SkipTokens < 0) yield return $"skip_tokens is {SkipTokens}: expected 0 or more";
    }
}

/// <summary>A dictionary that was made before.</summary>
/// <param name="Name">as the results name it, of a kind that no other of the job has</param>
/// <param name="File">its safetensors file</param>
public sealed record NamedDictionary(string Name, ArtifactRef File);

/// <summary>The baselines of a location, and how alike dictionaries are.</summary>
/// <param name="Baselines">one for each baseline and number of active features that it can have, in the order of the job</param>
/// <param name="Similarities">of every autoencoder with every other, both ways</param>
public sealed record EvaluateDictionariesResult(
    IReadOnlyList<MeasuredBaseline> Baselines, IReadOnlyList<DictionarySimilarity> Similarities) : JobResult;

/// <summary>A baseline at a number of active features.</summary>
/// <param name="Kind">which</param>
/// <param name="ActiveFeatures">features that are used for each activation, at most</param>
/// <param name="Dictionary">safetensors, in the form of an autoencoder's (see Autoencoders/README); all numbers share one file</param>
/// <param name="Metrics">on validation tokens</param>
public sealed record MeasuredBaseline(BaselineKind Kind, int ActiveFeatures, ArtifactRef Dictionary, DictionaryMetrics Metrics);
