using System.Text.Json.Serialization;

namespace Sweeps.ModelCore.Pruning;

/// <summary>What was found when a circuit's claims were checked; the losses are those of <see cref="ValidationResult"/>.</summary>
/// <param name="Sufficiency">only the circuit, test split</param>
/// <param name="Necessity">the model without the circuit, test split</param>
/// <param name="Resample">only the circuit, all other nodes at their values on random tokens of the pretraining data, test split</param>
/// <param name="Binarized">only the circuit, each node with two values, test split</param>
/// <param name="Effects">of each kept node, in node order; empty for a circuit of more than <see cref="CircuitValidation.MostEffects"/> nodes</param>
/// <param name="Activities">of each kept node, in node order: where in the pretraining data it is most active</param>
public sealed record CircuitChecks(
    double Sufficiency, double Necessity, double Resample, double Binarized, IReadOnlyList<NodeEffect> Effects, IReadOnlyList<NodeActivity> Activities)
{
    /// <summary>How well the task's label tells the sign of each kept node, in node order.</summary>
    public IReadOnlyList<NodeSign> Signs { get; init; } = [];

    /// <summary>The kept nodes on some pairs of the test split; empty for a circuit of more than <see cref="CircuitValidation.MostEffects"/> nodes.</summary>
    public IReadOnlyList<PairActivations> Pairs { get; init; } = [];

    /// <summary>Values exchanged between prompts of the same label, one location at a time; null where no two prompts of the test split are of one length.</summary>
    public InterchangeCheck? SameLabel { get; init; }

    /// <summary>Values exchanged between the two prompts of a pair; null where no pair of the test split has two of one length. A location where this costs much carries the answer.</summary>
    public InterchangeCheck? OtherLabel { get; init; }

    /// <summary>The circuit and the unpruned model on the task's variants; empty where it has none.</summary>
    public IReadOnlyList<AdversarialResult> Adversarial { get; init; } = [];

    internal IEnumerable<string> NodesNamed =>
        [.. Effects.Select(e => e.Node), .. Activities.Select(a => a.Node), .. Signs.Select(s => s.Node), .. Pairs.SelectMany(p => p.Nodes.Select(n => n.Node))];
}

/// <summary>Where a node is most active, in the unpruned model on windows of the pretraining data; at most one example of each window.</summary>
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
/// <param name="Effect">by how many nats the circuit's validation loss, calibrated as before, rises when this node too is at its mean</param>
public sealed record NodeEffect(string Node, double Effect);

/// <summary>
/// How well the task's label tells the sign of a node's activation in the unpruned model, over the prompts of the test split. A prompt is read in three ways: at its last position; where
/// the node is furthest from its mean over the corpus, the first such position; and on average over the prompt.
/// </summary>
/// <param name="Node">e.g. 0.mlp.act_in:17</param>
/// <param name="Last">of the value at the last position</param>
/// <param name="Peak">of the value furthest from the mean</param>
/// <param name="Average">of the average over all positions</param>
public sealed record NodeSign(string Node, SignReading Last, SignReading Peak, SignReading Average)
{
    /// <summary>The largest accuracy of the three.</summary>
    [JsonIgnore]
    public double Accuracy => Math.Max(Last.Accuracy, Math.Max(Peak.Accuracy, Average.Accuracy));

    /// <summary>The largest area of the three.</summary>
    [JsonIgnore]
    public double Auc => Math.Max(Last.Auc, Math.Max(Peak.Auc, Average.Auc));
}

/// <summary>How well one number per prompt tells the label; chance is 0.5.</summary>
/// <param name="Accuracy">
/// fraction of prompts whose label is right when numbers above the node's mean over the corpus are given one label and those below it the other, the better way round; those at the mean
/// count half
/// </param>
/// <param name="Auc">
/// area under the ROC curve, which needs no mean: how often the number of a random prompt of one label is above that of a random prompt of the other, the better way round; ties half
/// </param>
public sealed record SignReading(double Accuracy, double Auc);

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
    string Node, [property: JsonConverter(typeof(OneLine<float>))] IReadOnlyList<float> A, [property: JsonConverter(typeof(OneLine<float>))] IReadOnlyList<float> B);

/// <summary>
/// What it costs when node values are exchanged between prompts: the circuit alone, its nodes at one location with the values that they have on another prompt of as many tokens, all that
/// follows computed from them. Losses are nats, under the circuit's calibration, on prompts of the test split that have a partner.
/// </summary>
/// <param name="Prompts">how many</param>
/// <param name="Before">loss on them when nothing is exchanged</param>
/// <param name="Locations">every location with kept nodes, in the order a token meets them</param>
public sealed record InterchangeCheck(int Prompts, double Before, IReadOnlyList<LocationLoss> Locations);

/// <summary>A loss when something is done at one location.</summary>
/// <param name="Location">e.g. 0.mlp.act_in</param>
/// <param name="Loss">nats</param>
public sealed record LocationLoss(string Location, double Loss);
