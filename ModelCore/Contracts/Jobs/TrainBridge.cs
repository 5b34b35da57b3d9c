using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// Trains one weight-sparse model together with bridges to a dense model that does not change, so that what the one computes can be read
/// and changed in the other.
/// </summary>
public sealed record TrainBridgeJob : TrainJob
{
    /// <summary>The dense model: of as many layers, the same vocabulary and context.</summary>
    public required ArtifactRef Dense { get; init; }

    /// <summary>What the bridges are, and how they are trained.</summary>
    public required BridgeOptions Bridges { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Size => $"{base.Size}, {Dense.Bytes}";
}

/// <summary>A trained model, and the bridges between it and the dense model.</summary>
/// <param name="Model">as of any training</param>
/// <param name="MeanCache">as of any training</param>
/// <param name="Curve">as of any training</param>
/// <param name="Steps">as of any training</param>
/// <param name="Parameters">of the model, without the bridges</param>
/// <param name="Nonzeros">of the model</param>
/// <param name="L0">of the model</param>
/// <param name="TrainLoss">the model's cross-entropy alone</param>
/// <param name="ValidationLoss">the model's</param>
/// <param name="DeadFraction">of the model's nodes</param>
/// <param name="ResidualKurtosis">of the model</param>
/// <param name="Dense">the dense model's file</param>
/// <param name="Bridges">safetensors (see Bridges/README)</param>
/// <param name="BridgeCurve">JSON: what the training logged of the bridges</param>
public sealed record TrainBridgeResult(
    ArtifactRef Model, ArtifactRef MeanCache, ArtifactRef Curve, int Steps, long Parameters, long Nonzeros, double L0, double TrainLoss,
    double ValidationLoss, double DeadFraction, double ResidualKurtosis, ArtifactRef Dense, ArtifactRef Bridges, ArtifactRef BridgeCurve)
    : TrainResult(
        Model, MeanCache, Curve, Steps, Parameters, Nonzeros, L0, TrainLoss, ValidationLoss, DeadFraction, ResidualKurtosis);
