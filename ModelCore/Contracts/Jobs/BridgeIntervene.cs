using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// Changes nodes of a sparse model's circuit in the dense model, through the bridges' decoders, and asks whether the dense model then
/// answers a prompt as if it were the other one of its pair [G fig. 9]. The model of the inputs is the sparse one.
/// </summary>
public sealed record BridgeInterveneJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public BridgeInterveneJob()
    {
    }

    /// <summary>Interventions by the circuit of the model and task of other inputs.</summary>
    [SetsRequiredMembers]
    public BridgeInterveneJob(ModelTaskJob inputs, ArtifactRef dense, ArtifactRef? bridges, ArtifactRef circuit)
        : base(inputs) => (Dense, Bridges, Circuit) = (dense, bridges, circuit);

    /// <summary>The dense model.</summary>
    public required ArtifactRef Dense { get; init; }

    /// <summary>The bridges between the two; null for decoders that are fitted by ridge regression.</summary>
    public ArtifactRef? Bridges { get; init; }

    /// <summary>The circuit's file: what it reads of the residual are the candidates.</summary>
    public required ArtifactRef Circuit { get; init; }

    /// <summary>Strengths, places and controls.</summary>
    public BridgeInterventionOptions Intervention { get; init; } = new();

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Size => string.Create(CultureInfo.InvariantCulture, $"{base.Size}, {Dense.Bytes}, {Intervention.Pairs}");
}

/// <summary>What changing the dense model through bridges does.</summary>
/// <param name="Pairs">test pairs that were measured, of prompts of equal length</param>
/// <param name="Directions">with prompts A presented, then with prompts B</param>
public sealed record BridgeInterveneResult(int Pairs, IReadOnlyList<BridgeIntervention> Directions) : JobResult;

/// <summary>One direction: prompts are presented, and made to be answered as the other ones of their pairs.</summary>
/// <param name="Presented">A or B</param>
/// <param name="Target">the completion that the other prompts have, as shown to people: its probability is measured</param>
/// <param name="Candidates">nodes, the most effective in the sparse model first; empty where there is nothing to change</param>
/// <param name="Dense">the dense model's answer to the other prompts, unchanged: what there is to reach</param>
/// <param name="Lines">by strength; none where there are no candidates</param>
public sealed record BridgeIntervention(
    string Presented, string Target, IReadOnlyList<CandidateNode> Candidates, TargetProbability Dense, IReadOnlyList<BridgeLine> Lines);

/// <summary>What a node does alone in the sparse model, on train pairs.</summary>
/// <param name="Node">e.g. 1.attn.act_in:17</param>
/// <param name="Effect">by how much the target's probability rises when the node has its value on the other prompt</param>
public sealed record CandidateNode(string Node, double Effect);

/// <summary>The answers of the dense model with one kind of change, by strength.</summary>
/// <param name="Kind">what is changed</param>
/// <param name="Nodes">the nodes, or those that a control stands beside</param>
/// <param name="Points">by increasing strength, from 0</param>
public sealed record BridgeLine(BridgeLineKind Kind, IReadOnlyList<string> Nodes, IReadOnlyList<BridgeLinePoint> Points);

/// <summary>What is added to the dense model.</summary>
public enum BridgeLineKind
{
    /// <summary>What the nodes' changes are in the dense model.</summary>
    Nodes,

    /// <summary>Random directions of the same length, with the node's changes at each position.</summary>
    Random,

    /// <summary>The columns of other channels, made as long.</summary>
    Channels,

    /// <summary>The node's own column, with its changes in another order of the positions.</summary>
    Shuffled,

    /// <summary>All that the dense model itself reads otherwise on the other prompt: the most that can be done there.</summary>
    UpperBound,
}

/// <summary>Answers at one strength.</summary>
/// <param name="Strength">0 to 1</param>
/// <param name="Whole">probability of the target, over the whole vocabulary</param>
/// <param name="AmongTwo">of the two completions</param>
public sealed record BridgeLinePoint(double Strength, TargetProbability Whole, TargetProbability AmongTwo);

/// <summary>A mean probability over pairs, and its spread.</summary>
/// <param name="Mean">over pairs; of a control, over its draws too</param>
/// <param name="Low">
/// lower end: of nodes, the bootstrap's 95 % interval over pairs; of a control, the 5 % quantile of its draws' means
/// </param>
/// <param name="High">upper end: the same, and the 95 % quantile</param>
public sealed record TargetProbability(double Mean, double Low, double High);
