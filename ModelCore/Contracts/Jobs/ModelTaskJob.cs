using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// What every job on a trained model and a task needs. Another kind of job is made from one by a constructor that takes these inputs over.
/// </summary>
public abstract record ModelTaskJob : Job
{
    /// <summary>The trained model (safetensors, its config in the metadata).</summary>
    public required ArtifactRef Model { get; init; }

    /// <summary>The mean activation of every node (safetensors, one tensor per node location).</summary>
    public required ArtifactRef MeanCache { get; init; }

    /// <summary>The encoded corpus, for its tokenizer.</summary>
    public required CorpusArtifacts Corpus { get; init; }

    /// <summary>The task's name.</summary>
    public required string Task { get; init; }

    /// <summary>What the task is, when it is a user's own; null when it is in the catalogue.</summary>
    public TaskTemplate? OwnTask { get; init; }

    /// <summary>The seed of the task's pairs: the same for all prunings of one model and task.</summary>
    public required ulong TaskSeed { get; init; }

    /// <summary>Sizes, target and calibration.</summary>
    public required PruningOptions Options { get; init; }

    /// <summary>
    /// What nodes are; default the model's channels, with the means of <see cref="MeanCache"/>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] // so that jobs that have none stay as they are
    public CircuitBasis? Basis { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string? Affinity => Model.Sha256;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Size => Basis is null
        ? $"{Model.Bytes}, {Options.BatchPairs}"
        : $"{Model.Bytes}, {Options.BatchPairs}, {Basis.Dictionaries.Sum(one => one.File.Bytes)}";
}
