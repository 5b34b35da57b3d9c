using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>Ranks the nodes of the frozen model by importance for the task: by trained masks [G A.5], or by attribution.</summary>
public sealed record PruneJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public PruneJob()
    {
    }

    /// <summary>A job with the inputs, output and seed of another.</summary>
    [SetsRequiredMembers]
    public PruneJob(ModelTaskJob inputs, PruningHyperparameters hyperparameters)
        : base(inputs) => Hyperparameters = hyperparameters;

    /// <summary>How nodes are ranked; default learned.</summary>
    public PruningMethod Method { get; init; }

    /// <summary>The hyperparameters of learned masks; attribution has none and does not look at them.</summary>
    public required PruningHyperparameters Hyperparameters { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string CheckpointFolder => $"{Output}/checkpoints";
}

/// <summary>The nodes by importance.</summary>
/// <param name="Masks">safetensors: τ per node location; of attribution, the attribution</param>
/// <param name="Nodes">nodes of the model</param>
/// <param name="Kept">
/// where the bisection begins: nodes with τ &gt; 0 when training ended; of attribution, the most important nodes that make up half of the
/// total
/// </param>
/// <param name="TaskLoss">task loss of the last step's batch, nats; of attribution, that of the unpruned model on the train split</param>
public sealed record PruneResult(ArtifactRef Masks, int Nodes, int Kept, double TaskLoss) : JobResult;
