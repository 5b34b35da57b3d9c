using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// Prunes the edges of a circuit as <see cref="PruneJob"/>, <see cref="ProbeJob"/> and <see cref="CircuitJob"/> prune nodes, with the
/// circuit's hyperparameters: masks on the nonzero
/// weights that join two of its nodes, then bisection on their number. Gives a circuit of fewer edges.
/// </summary>
public sealed record PruneEdgesJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public PruneEdgesJob()
    {
    }

    /// <summary>The edge pruning of a circuit of the model and task of other inputs.</summary>
    [SetsRequiredMembers]
    public PruneEdgesJob(ModelTaskJob inputs, ArtifactRef circuit)
        : base(inputs) => Circuit = circuit;

    /// <summary>The circuit's file.</summary>
    public required ArtifactRef Circuit { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string CheckpointFolder => $"{Output}/checkpoints";
}
