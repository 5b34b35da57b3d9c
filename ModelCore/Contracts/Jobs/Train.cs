using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>Trains one model, then takes the mean activation of every node.</summary>
public record TrainJob : Job
{
    /// <summary>The model's shape.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>How it is trained.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>The encoded corpus.</summary>
    public required CorpusArtifacts Corpus { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Size => $"{Model}, {Training.BatchSize}";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string CheckpointFolder => $"{Output}/checkpoints";
}

/// <summary>A trained model, or one that was imported: then without steps, and with a curve of one point.</summary>
/// <param name="Model">safetensors, config in the metadata; its digest is the model's identity</param>
/// <param name="MeanCache">mean activation per node location</param>
/// <param name="Curve">the training curve, JSON (see Training/README)</param>
/// <param name="Steps">steps trained</param>
/// <param name="Parameters">entries of all parameters</param>
/// <param name="Nonzeros">nonzero entries of matrices, embeddings, positions and biases</param>
/// <param name="L0">nonzero fraction of the matrices of attention and MLP</param>
/// <param name="TrainLoss">
/// mean training loss of the last logged window, nats per token; of an imported model, on training tokens of the sweep's corpus
/// </param>
/// <param name="ValidationLoss">nats per token on the fixed validation batches</param>
/// <param name="DeadFraction">nodes that were nonzero on no token of the last evaluation, as a fraction</param>
/// <param name="ResidualKurtosis">kurtosis of the final residual [G fig. 10]</param>
public record TrainResult(
    ArtifactRef Model, ArtifactRef MeanCache, ArtifactRef Curve, int Steps, long Parameters, long Nonzeros, double L0,
    double TrainLoss, double ValidationLoss, double DeadFraction, double ResidualKurtosis) : JobResult
{
    /// <summary>The nonzeros by kind of parameter.</summary>
    public NonzerosByKind? ByKind { get; init; }
}
