using System.Text.Json.Serialization;

namespace Sweeps.ModelCore.Pruning;

/// <summary>What was found when a circuit's claims were checked; the losses are those of <see cref="ValidationResult"/>.</summary>
/// <param name="Sufficiency">only the circuit, test split</param>
/// <param name="Necessity">the model without the circuit, test split</param>
/// <param name="Resample">
/// only the circuit, all other nodes at their values on windows of the pretraining data, test split: the last rung of <see cref="Ladder"/>
/// </param>
/// <param name="Binarized">only the circuit, each node with two values, test split</param>
/// <param name="Effects">
/// of each kept node, in node order; empty for a circuit of more than <see cref="CircuitValidation.MostEffects"/> nodes
/// </param>
/// <param name="Activities">of each kept node, in node order: where in the pretraining data it is most active</param>
public sealed record CircuitChecks(
    double Sufficiency, double Necessity, double Resample, double Binarized, IReadOnlyList<NodeEffect> Effects,
    IReadOnlyList<NodeActivity> Activities)
{
    /// <summary>The circuit with a growing fraction of the dropped nodes resampled.</summary>
    public IReadOnlyList<ResampleRung> Ladder { get; init; } = [];

    /// <summary>
    /// Each kept node as a step function, in node order; empty for a circuit of more than <see cref="CircuitValidation.MostSteps"/> nodes.
    /// </summary>
    public IReadOnlyList<NodeStep> Steps { get; init; } = [];

    /// <summary>
    /// How many nodes can have two values at once, the cheapest first, with the loss on validation prompts at the target; null where that
    /// was not measured.
    /// </summary>
    public int? TwoValued { get; init; }

    /// <summary>How well the task's label tells the sign of each kept node, in node order.</summary>
    public IReadOnlyList<NodeSign> Signs { get; init; } = [];

    /// <summary>
    /// The kept nodes on some pairs of the test split; empty for a circuit of more than <see cref="CircuitValidation.MostEffects"/> nodes.
    /// </summary>
    public IReadOnlyList<PairActivations> Pairs { get; init; } = [];

    /// <summary>
    /// Values exchanged between prompts of the same label, one location at a time; null where no two prompts of the test split are of one
    /// length.
    /// </summary>
    public InterchangeCheck? SameLabel { get; init; }

    /// <summary>
    /// Values exchanged between the two prompts of a pair; null where no pair of the test split has two of one length. A location where
    /// this costs much carries the answer.
    /// </summary>
    public InterchangeCheck? OtherLabel { get; init; }

    /// <summary>The circuit and the unpruned model on the task's variants; empty where it has none.</summary>
    public IReadOnlyList<AdversarialResult> Adversarial { get; init; } = [];

    internal IEnumerable<string> NodesNamed =>
        [.. Effects.Select(e => e.Node), .. Activities.Select(a => a.Node), .. Signs.Select(s => s.Node), .. Steps.Select(
            s => s.Node), .. Pairs.SelectMany(p => p.Nodes.Select(n => n.Node))];
}

/// <summary>
/// Where a node is most active, in the unpruned model on windows of the pretraining data; at most one example of each window.
/// </summary>
/// <param name="Node">e.g. 0.mlp.act_in:17</param>
/// <param name="Top">the largest positive values, largest first</param>
/// <param name="Bottom">the largest negative ones</param>
public sealed record NodeActivity(string Node, IReadOnlyList<NodeExample> Top, IReadOnlyList<NodeExample> Bottom);

/// <summary>A token at which a node is active.</summary>
/// <param name="Before">the tokens before it in the window, ten at most, as shown to people</param>
/// <param name="Token">the token</param>
/// <param name="Value">the node's activation there</param>
public sealed record NodeExample(string Before, string Token, float Value);

/// <summary>What a node is worth to its circuit.</summary>
/// <param name="Node">e.g. 0.mlp.act_in:17</param>
/// <param name="Effect">
/// by how many nats the circuit's validation loss, calibrated as before, rises when this node too is at its mean
/// </param>
public sealed record NodeEffect(string Node, double Effect);

/// <summary>
/// How well the task's label tells the sign of a node's activation in the unpruned model: above or below the node's mean over the corpus.
/// How the prompt is read, and which label is above the mean, are chosen on train prompts; chance is 0.5.
/// </summary>
/// <param name="Node">e.g. 0.mlp.act_in:17</param>
/// <param name="Reading">how the prompt is read</param>
/// <param name="PositiveIsA">whether prompts with answer A are those above the mean</param>
/// <param name="TrainAccuracy">fraction of the train prompts whose label is right</param>
/// <param name="Accuracy">the same of test prompts; a node at its mean counts half</param>
/// <param name="Auc">
/// area under the ROC curve on test prompts, which needs no mean: how often a random prompt of the label that should be higher is, ties
/// half
/// </param>
public sealed record NodeSign(string Node, SignReading Reading, bool PositiveIsA, double TrainAccuracy, double Accuracy, double Auc);

/// <summary>How a prompt is read to one number.</summary>
public enum SignReading
{
    /// <summary>The node at the last position.</summary>
    Last,

    /// <summary>Where the node is furthest from its mean, the first such position.</summary>
    Peak,

    /// <summary>The average over all positions.</summary>
    Average,
}

/// <summary>
/// The circuit when some of the dropped nodes have values of pretraining data instead of their means; see <see cref="Resampling"/>.
/// </summary>
/// <param name="Fraction">of the dropped nodes; 0 is the circuit alone</param>
/// <param name="Loss">
/// on test prompts, nats, with scale and shift fitted to validation prompts in the same state; the mean over eight draws
/// </param>
/// <param name="Accuracy">fraction of them decided rightly</param>
public sealed record ResampleRung(double Fraction, double Loss, double Accuracy);

/// <summary>A node as a step function; see <see cref="StepFunctions"/>.</summary>
/// <param name="Node">e.g. 0.mlp.act_in:17</param>
/// <param name="Threshold">up to here it has the low value, above it the high one</param>
/// <param name="Low">the low value</param>
/// <param name="High">the high value</param>
/// <param name="Cost">by how many nats the circuit's loss on validation prompts rises when only this node has two values</param>
public sealed record NodeStep(string Node, float Threshold, float Low, float High, double Cost);

/// <summary>The kept nodes on one pair of the test split, in the unpruned model.</summary>
/// <param name="Index">the pair's number</param>
/// <param name="TokensA">prompt A as shown to people</param>
/// <param name="TokensB">prompt B</param>
/// <param name="Nodes">in node order</param>
public sealed record PairActivations(
    long Index,
    [property: JsonConverter(typeof(OneLine<string>))] IReadOnlyList<string> TokensA,
    [property: JsonConverter(typeof(OneLine<string>))] IReadOnlyList<string> TokensB,
    IReadOnlyList<NodeOnPair> Nodes);

/// <summary>A node on a pair: its activation at every token, to four digits.</summary>
/// <param name="Node">e.g. 0.mlp.act_in:17</param>
/// <param name="A">on prompt A</param>
/// <param name="B">on prompt B</param>
public sealed record NodeOnPair(
    string Node, [property: JsonConverter(typeof(OneLine<float>))] IReadOnlyList<float> A, [property: JsonConverter(
        typeof(OneLine<float>))] IReadOnlyList<float> B);

/// <summary>
/// What it costs when node values are exchanged between prompts: the circuit alone, its nodes at one location with the values that they
/// have on another prompt of as many tokens, all that follows computed from them. Losses are nats, under the circuit's calibration, on
/// prompts of the test split that have a partner.
/// </summary>
/// <param name="Prompts">how many</param>
/// <param name="Before">loss on them when nothing is exchanged</param>
/// <param name="Locations">every location with kept nodes, in the order a token meets them</param>
public sealed record InterchangeCheck(int Prompts, double Before, IReadOnlyList<LocationLoss> Locations);

/// <summary>A loss when something is done at one location.</summary>
/// <param name="Location">e.g. 0.mlp.act_in</param>
/// <param name="Loss">nats</param>
public sealed record LocationLoss(string Location, double Loss);
