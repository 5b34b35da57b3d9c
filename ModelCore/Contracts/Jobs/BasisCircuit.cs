using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// Finds the smallest circuit of some prunings in a basis, and counts its edges in three ways, so that circuits in different bases can be
/// compared: see <see cref="BasisCircuitResult"/>.
/// </summary>
public sealed record BasisCircuitJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public BasisCircuitJob()
    {
    }

    /// <summary>The circuit of prunings, which have the basis, the model and the task of other inputs.</summary>
    [SetsRequiredMembers]
    public BasisCircuitJob(ModelTaskJob inputs, IReadOnlyList<RankedNodes> prunings)
        : base(inputs) => Prunings = prunings;

    /// <summary>The prunings, at least one.</summary>
    public required IReadOnlyList<RankedNodes> Prunings { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string CheckpointFolder => $"{Output}/checkpoints";
}

/// <summary>What a pruning says of the nodes.</summary>
/// <param name="Masks">safetensors: τ per node location</param>
/// <param name="Kept">where the bisection begins</param>
/// <param name="Hyperparameters">of the pruning; masks of edges are trained with them too</param>
public sealed record RankedNodes(ArtifactRef Masks, int Kept, PruningHyperparameters Hyperparameters);

/// <summary>
/// A circuit in some basis. Of its prunings the one whose circuit reaches the target with the fewest structural edges, or where none
/// reaches it the one with the lowest loss; of equals the first.
/// </summary>
/// <param name="Pruning">which of the job's prunings it is, from 0</param>
/// <param name="Reached">whether the circuit reaches the target on the validation split</param>
/// <param name="Nodes">kept nodes, without errors</param>
/// <param name="Errors">what dictionaries do not explain, kept as so many nodes more: one for each dictionary, or none</param>
/// <param name="StructuralEdges">weights that are not 0 between kept nodes</param>
/// <param name="EffectiveEdges">
/// of these so few that with all others at what the mean of their source makes of them the target is still reached, ordered by
/// |weight| · standard deviation of the source · mean |derivative of the loss by the node that is written|; null where the circuit misses
/// the target, or its edges alone do
/// </param>
/// <param name="PrunedEdges">the same, ordered by masks trained on them</param>
/// <param name="ResidualEdges">
/// pairs of features across the residual, of a write and of a read behind it, where the one moves the other; null where nodes are channels
/// </param>
/// <param name="ValidationLoss">calibrated loss on the validation split, nats</param>
/// <param name="TestLoss">calibrated loss on the test split, nats, with the validation split's scale and shift</param>
/// <param name="TestAccuracy">fraction of test sequences decided rightly</param>
/// <param name="Necessity">loss on the test split without the circuit, everything else as it is, nats</param>
public sealed record BasisCircuitResult(
    int Pruning, bool Reached, int Nodes, int Errors, int StructuralEdges, int? EffectiveEdges, int? PrunedEdges, int? ResidualEdges,
    double ValidationLoss, double TestLoss, double TestAccuracy, double Necessity) : JobResult;
