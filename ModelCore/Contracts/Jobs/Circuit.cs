using System.Diagnostics.CodeAnalysis;

namespace Sweeps.Contracts;

/// <summary>Writes the circuit that the bisection ended at, and measures it on the test split.</summary>
public sealed record CircuitJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public CircuitJob()
    {
    }

    /// <summary>The circuit of a pruning, with its inputs, output and seed.</summary>
    [SetsRequiredMembers]
    public CircuitJob(PruneJob pruning, ArtifactRef masks, ProbeResult probe, IReadOnlyList<ProbeResult> curve)
        : base(pruning) => (Masks, Method, Hyperparameters, Probe, Curve) = (masks, pruning.Method, pruning.Hyperparameters, probe, curve);

    /// <summary>The trained masks.</summary>
    public required ArtifactRef Masks { get; init; }

    /// <summary>How the pruning ranked the nodes.</summary>
    public PruningMethod Method { get; init; }

    /// <summary>The pruning's hyperparameters, written into the circuit's file.</summary>
    public required PruningHyperparameters Hyperparameters { get; init; }

    /// <summary>The probe that the circuit is.</summary>
    public required ProbeResult Probe { get; init; }

    /// <summary>Every probe made, by increasing k: the loss-vs-size curve.</summary>
    public required IReadOnlyList<ProbeResult> Curve { get; init; }
}

/// <summary>A circuit.</summary>
/// <param name="Circuit">its JSON file, which stands alone</param>
/// <param name="Nodes">kept nodes</param>
/// <param name="Edges">its edges</param>
/// <param name="ValidationLoss">calibrated loss on the validation split, nats</param>
/// <param name="TestLoss">calibrated loss on the test split, nats, with the validation split's scale and shift</param>
/// <param name="TestAccuracy">fraction of test sequences decided rightly</param>
public sealed record CircuitResult(
    ArtifactRef Circuit, int Nodes, int Edges, double ValidationLoss, double TestLoss, double TestAccuracy) : JobResult;
