using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// How well a dictionary of features stands for the activations at a location, on fixed validation tokens: x is an activation, x̂ what its
/// features give, x̄ the mean activation. Losses are those of the model's next token when x̂ takes the place of x at every position but the
/// first ones that trainings leave out.
/// </summary>
/// <param name="Tokens">activations measured</param>
/// <param name="L0">features that are not 0, the mean over activations, as at evaluation</param>
/// <param name="Fvu">fraction of variance unexplained: Σ‖x − x̂‖² / Σ‖x − x̄‖²; 0 where both are 0</param>
/// <param name="ModelLoss">the model's own loss, nats per token</param>
/// <param name="Loss">with x̂ in the place of x, nats per token</param>
/// <param name="MeanLoss">with x̄ in the place of x, nats per token</param>
/// <param name="ZeroLoss">with 0 in the place of x, nats per token</param>
/// <param name="Divergence">KL(model ‖ model with x̂), nats per token</param>
/// <param name="DeadFraction">features that are 0 on all these tokens, as a fraction</param>
/// <param name="Alive">features that are not 0 on more than 10 of these tokens</param>
/// <param name="Shrinkage">γ = Σ‖x̂‖² / Σ⟨x̂, x⟩: 1 is unbiased, less is shrunk; 1 where both are 0</param>
/// <param name="NormRatio">the mean of ‖x̂‖ / ‖x‖ over activations that are not 0</param>
/// <param name="ZeroEntries">fraction of the activations' entries that are exactly 0</param>
public sealed record DictionaryMetrics(
    long Tokens, double L0, double Fvu, double ModelLoss, double Loss, double MeanLoss, double ZeroLoss, double Divergence,
    double DeadFraction, int Alive, double Shrinkage, double NormRatio, double ZeroEntries)
{
    /// <summary>What x̂ costs: <see cref="Loss"/> − <see cref="ModelLoss"/>, nats per token.</summary>
    [JsonIgnore]
    public double LossIncrease => Loss - ModelLoss;

    /// <summary>(mean − x̂) / (mean − model), of the losses: 1 is all of it; NaN where the mean costs nothing.</summary>
    [JsonIgnore]
    public double Recovered => (MeanLoss - Loss) / (MeanLoss - ModelLoss);

    /// <summary>The same against 0 in the place of x.</summary>
    [JsonIgnore]
    public double RecoveredFromZero => (ZeroLoss - Loss) / (ZeroLoss - ModelLoss);

    /// <summary>
    /// How many features fire on what fraction of the tokens: entry i counts those with log10 of the fraction in [−6 + i/2, −5.5 + i/2),
    /// the first also those below, but for features that never fire, and the last those that fire on all.
    /// </summary>
    public IReadOnlyList<int> DensityHistogram { get; init; } = [];
}
