using System.Diagnostics.CodeAnalysis;

namespace Sweeps.Contracts;

/// <summary>
/// Finds the smallest circuits of a circuit's pruning for several target losses, each by a bisection that begins with all probes made so
/// far [G fig. 2].
/// </summary>
public sealed record CurveJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public CurveJob()
    {
    }

    /// <summary>The curve of a circuit of the model and task of other inputs.</summary>
    [SetsRequiredMembers]
    public CurveJob(ModelTaskJob inputs, ArtifactRef circuit, IReadOnlyList<double> targets)
        : base(inputs) => (Circuit, Targets) = (circuit, targets);

    /// <summary>The circuit's file, which names the masks and holds the probes to begin with.</summary>
    public required ArtifactRef Circuit { get; init; }

    /// <summary>The losses to reach, nats; in any order.</summary>
    public required IReadOnlyList<double> Targets { get; init; }
}

/// <summary>The smallest circuits of one pruning for several target losses.</summary>
/// <param name="Probes">every probe made, those of the pruning's own bisection included, by increasing k</param>
/// <param name="Points">one for each target, largest target first</param>
public sealed record CurveResult(IReadOnlyList<ProbeResult> Probes, IReadOnlyList<TargetCircuit> Points) : JobResult;

/// <summary>The smallest circuit that reaches a loss.</summary>
/// <param name="Target">calibrated loss on the validation split, nats</param>
/// <param name="Smallest">the probe of the fewest nodes that reaches it; null when even the whole model misses it</param>
public sealed record TargetCircuit(double Target, ProbeResult? Smallest);
