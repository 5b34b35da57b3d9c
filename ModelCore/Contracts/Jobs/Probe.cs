using System.Diagnostics.CodeAnalysis;

namespace Sweeps.Contracts;

/// <summary>
/// Measures the circuit of the <see cref="K"/> nodes with the largest τ, before and after calibration, on the validation split.
/// </summary>
public sealed record ProbeJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public ProbeJob()
    {
    }

    /// <summary>A job with the inputs, output and seed of another.</summary>
    [SetsRequiredMembers]
    public ProbeJob(ModelTaskJob inputs, ArtifactRef masks, int k)
        : base(inputs) => (Masks, K) = (masks, k);

    /// <summary>The trained masks: τ per node location.</summary>
    public required ArtifactRef Masks { get; init; }

    /// <summary>Number of nodes kept, 0 to all.</summary>
    public required int K { get; init; }
}

/// <summary>One probe of the bisection.</summary>
/// <param name="K">nodes kept</param>
/// <param name="Edges">nonzero weights that join two kept nodes</param>
/// <param name="LossBefore">validation task loss before calibration, nats</param>
/// <param name="Loss">after calibration, nats</param>
/// <param name="Scale">fitted scale of the difference of the two candidate logits</param>
/// <param name="Shift">fitted shift of that difference</param>
public sealed record ProbeResult(int K, int Edges, double LossBefore, double Loss, double Scale, double Shift) : JobResult;
