using System.Diagnostics.CodeAnalysis;

namespace Sweeps.Contracts;

/// <summary>Checks what a circuit claims, on the task's test split: see <see cref="ValidationResult"/>.</summary>
public sealed record ValidateJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public ValidateJob()
    {
    }

    /// <summary>The validation of a circuit of the model and task of other inputs.</summary>
    [SetsRequiredMembers]
    public ValidateJob(ModelTaskJob inputs, ArtifactRef circuit)
        : base(inputs) => Circuit = circuit;

    /// <summary>The circuit's file.</summary>
    public required ArtifactRef Circuit { get; init; }
}

/// <summary>
/// How far a circuit can be trusted: task losses on the test split, mean cross-entropy in nats. Those of the circuit alone are under its
/// calibration, that of the model without it is not; deciding by chance costs ln 2.
/// </summary>
/// <param name="Sufficiency">
/// only the circuit's nodes, all others at their means [G 2.2]: at most the target, where the circuit is sufficient
/// </param>
/// <param name="Necessity">
/// the whole model but for the circuit's nodes, which are at their means [G fig. 32]: well above the unpruned loss, where the circuit is
/// necessary
/// </param>
/// <param name="Resample">
/// as <paramref name="Sufficiency"/>, but all other nodes at their values on a window of the pretraining data, position by position, with
/// the calibration fitted so [G app. E]
/// </param>
/// <param name="Binarized">
/// as <paramref name="Sufficiency"/>, but each node of the circuit replaced by a step function of itself with two values, with the
/// calibration fitted so [G app. C]
/// </param>
/// <param name="Circuit">the circuit's file with these numbers, and with the effect of each of its nodes</param>
/// <param name="Nodes">its nodes: all that the pruning kept, or fewer after a clean-up</param>
/// <param name="Edges">its edges</param>
public sealed record ValidationResult(
    double Sufficiency, double Necessity, double Resample, double Binarized, ArtifactRef Circuit, int Nodes, int Edges) : JobResult
{
    /// <summary>The fraction of test prompts decided rightly when all other nodes are resampled.</summary>
    public double? ResampleAccuracy { get; init; }

    /// <summary>
    /// How many of the nodes can have two values at once with the validation loss at the target; null where that was not measured.
    /// </summary>
    public int? TwoValued { get; init; }

    /// <summary>The fraction of test prompts whose label the sign of a node tells: the median of the nodes; null without nodes.</summary>
    public double? SignAccuracy { get; init; }

    /// <summary>The area under the ROC curve of a node for the label: the median of the nodes; null without nodes.</summary>
    public double? SignAuc { get; init; }

    /// <summary>
    /// Loss when one location's values are exchanged between prompts of the same label: the mean of the locations; null where nothing could
    /// be exchanged.
    /// </summary>
    public double? InterchangeMean { get; init; }

    /// <summary>The same of the location where it is largest.</summary>
    public double? InterchangeWorst { get; init; }

    /// <summary>On the task's variants; empty where it has none.</summary>
    public IReadOnlyList<AdversarialResult> Adversarial { get; init; } = [];
}
