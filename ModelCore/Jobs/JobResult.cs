using System.Text.Json.Serialization;
using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Jobs;

/// <summary>What a job found. Results reach the report: they hold no time, no rate and no device.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(PrepareResult), "prepare")]
[JsonDerivedType(typeof(TrainResult), "train")]
[JsonDerivedType(typeof(EvaluateResult), "evaluate")]
[JsonDerivedType(typeof(PruneResult), "prune")]
[JsonDerivedType(typeof(ProbeResult), "probe")]
[JsonDerivedType(typeof(CircuitResult), "circuit")]
[JsonDerivedType(typeof(ValidationResult), "validate")]
[JsonDerivedType(typeof(CurveResult), "curve")]
public abstract record JobResult;

/// <summary>The corpus.</summary>
/// <param name="Corpus">its files</param>
/// <param name="VocabSize">entries of the tokenizer</param>
/// <param name="Documents">documents read</param>
/// <param name="Bytes">bytes of text read</param>
/// <param name="TrainTokens">training tokens</param>
/// <param name="ValidationTokens">validation tokens</param>
/// <param name="BigramLoss">validation loss of the smoothed bigram baseline, nats per token</param>
public sealed record PrepareResult(
    CorpusArtifacts Corpus, int VocabSize, long Documents, long Bytes, long TrainTokens, long ValidationTokens, double BigramLoss) : JobResult;

/// <summary>A trained model.</summary>
/// <param name="Model">safetensors, config in the metadata; its digest is the model's identity</param>
/// <param name="MeanCache">mean activation per node location</param>
/// <param name="Curve">the training curve, JSON (see Training/README)</param>
/// <param name="Steps">steps trained</param>
/// <param name="Parameters">entries of all parameters</param>
/// <param name="Nonzeros">nonzero entries counted in L0</param>
/// <param name="L0">their fraction of the entries counted in L0</param>
/// <param name="TrainLoss">mean training loss of the last logged window, nats per token</param>
/// <param name="ValidationLoss">nats per token on the fixed validation batches</param>
/// <param name="DeadFraction">nodes that were nonzero on no token of the last evaluation, as a fraction</param>
/// <param name="ResidualKurtosis">kurtosis of the final residual [G fig. 10]</param>
public sealed record TrainResult(
    ArtifactRef Model, ArtifactRef MeanCache, ArtifactRef Curve, int Steps, long Parameters, long Nonzeros, double L0,
    double TrainLoss, double ValidationLoss, double DeadFraction, double ResidualKurtosis) : JobResult;

/// <summary>The unpruned model on a task: mean cross-entropy over the two candidates at the last position, nats, and accuracy, per split.</summary>
/// <param name="TrainLoss">train split</param>
/// <param name="ValidationLoss">validation split</param>
/// <param name="TestLoss">test split</param>
/// <param name="TestAccuracy">fraction of test sequences whose right completion has the higher logit</param>
public sealed record EvaluateResult(double TrainLoss, double ValidationLoss, double TestLoss, double TestAccuracy) : JobResult;

/// <summary>The nodes by importance.</summary>
/// <param name="Masks">safetensors: τ per node location; of attribution, the attribution</param>
/// <param name="Nodes">nodes of the model</param>
/// <param name="Kept">where the bisection begins: nodes with τ &gt; 0 when training ended; of attribution, the most important nodes that make up half of the total</param>
/// <param name="TaskLoss">task loss of the last step's batch, nats; of attribution, that of the unpruned model on the train split</param>
public sealed record PruneResult(ArtifactRef Masks, int Nodes, int Kept, double TaskLoss) : JobResult;

/// <summary>One probe of the bisection.</summary>
/// <param name="K">nodes kept</param>
/// <param name="Edges">nonzero weights that join two kept nodes</param>
/// <param name="LossBefore">validation task loss before calibration, nats</param>
/// <param name="Loss">after calibration, nats</param>
/// <param name="Scale">fitted scale of the difference of the two candidate logits</param>
/// <param name="Shift">fitted shift of that difference</param>
public sealed record ProbeResult(int K, int Edges, double LossBefore, double Loss, double Scale, double Shift) : JobResult;

/// <summary>A circuit.</summary>
/// <param name="Circuit">its JSON file, which stands alone</param>
/// <param name="Nodes">kept nodes</param>
/// <param name="Edges">its edges</param>
/// <param name="ValidationLoss">calibrated loss on the validation split, nats</param>
/// <param name="TestLoss">calibrated loss on the test split, nats, with the validation split's scale and shift</param>
/// <param name="TestAccuracy">fraction of test sequences decided rightly</param>
public sealed record CircuitResult(
    ArtifactRef Circuit, int Nodes, int Edges, double ValidationLoss, double TestLoss, double TestAccuracy) : JobResult;

/// <summary>
/// How far a circuit can be trusted: task losses on the test split, mean cross-entropy in nats. Those of the circuit alone are under its calibration, that of the model without
/// it is not; deciding by chance costs ln 2.
/// </summary>
/// <param name="Sufficiency">only the circuit's nodes, all others at their means [G 2.2]: at most the target, where the circuit is sufficient</param>
/// <param name="Necessity">the whole model but for the circuit's nodes, which are at their means [G fig. 32]: well above the unpruned loss, where the circuit is necessary</param>
/// <param name="Resample">as <paramref name="Sufficiency"/>, but all other nodes at their values on a random token of the pretraining data, one per position [G app. E]</param>
/// <param name="Binarized">as <paramref name="Sufficiency"/>, but each node of the circuit replaced by a step function of itself with two values [G app. C]</param>
/// <param name="Circuit">the circuit's file with these numbers, and with the effect of each of its nodes</param>
/// <param name="Nodes">its nodes: all that the pruning kept, or fewer after a clean-up</param>
/// <param name="Edges">its edges</param>
public sealed record ValidationResult(
    double Sufficiency, double Necessity, double Resample, double Binarized, ArtifactRef Circuit, int Nodes, int Edges) : JobResult
{
    /// <summary>The fraction of prompts whose label the sign of a node tells, by <see cref="NodeSign.Accuracy"/>: the median of the nodes; null without nodes.</summary>
    public double? SignAccuracy { get; init; }

    /// <summary>The area under the ROC curve of a node for the label, by <see cref="NodeSign.Auc"/>: the median of the nodes; null without nodes.</summary>
    public double? SignAuc { get; init; }

    /// <summary>Loss when one location's values are exchanged between prompts of the same label: the mean of the locations; null where nothing could be exchanged.</summary>
    public double? InterchangeMean { get; init; }

    /// <summary>The same of the location where it is largest.</summary>
    public double? InterchangeWorst { get; init; }

    /// <summary>On the task's variants; empty where it has none.</summary>
    public IReadOnlyList<AdversarialResult> Adversarial { get; init; } = [];
}

/// <summary>The smallest circuits of one pruning for several target losses.</summary>
/// <param name="Probes">every probe made, those of the pruning's own bisection included, by increasing k</param>
/// <param name="Points">one for each target, largest target first</param>
public sealed record CurveResult(IReadOnlyList<ProbeResult> Probes, IReadOnlyList<TargetCircuit> Points) : JobResult;

/// <summary>The smallest circuit that reaches a loss.</summary>
/// <param name="Target">calibrated loss on the validation split, nats</param>
/// <param name="Smallest">the probe of the fewest nodes that reaches it; null when even the whole model misses it</param>
public sealed record TargetCircuit(double Target, ProbeResult? Smallest);
