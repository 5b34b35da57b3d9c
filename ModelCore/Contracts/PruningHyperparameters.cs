namespace Sweeps.Contracts;

/// <summary>The eight numbers of one pruning that a search varies; the defaults are its centres [G table 2].</summary>
public sealed record PruningHyperparameters
{
    /// <summary>Weight of the number of kept nodes in the loss; centre 1e-4.</summary>
    public double KCoef { get; init; } = 1e-4;

    /// <summary>Standard deviation of the initial τ; centre 1e-2.</summary>
    public double InitNoiseScale { get; init; } = 1e-2;

    /// <summary>Mean of the initial τ; centre 1e-1.</summary>
    public double InitNoiseBias { get; init; } = 1e-1;

    /// <summary>AdamW weight decay on τ; centre 1e-3.</summary>
    public double WeightDecay { get; init; } = 1e-3;

    /// <summary>Peak learning rate of τ; centre 3e-3.</summary>
    public double Lr { get; init; } = 3e-3;

    /// <summary>1 − β2 of AdamW; centre 5e-2.</summary>
    public double InvBeta2 { get; init; } = 5e-2;

    /// <summary>Fraction of the steps over which the learning rate rises; centre 5e-2.</summary>
    public double LrWarmupFrac { get; init; } = 5e-2;

    /// <summary>Temperature of the sigmoid whose derivative stands in for the step's; centre 1.</summary>
    public double HeavisideTemp { get; init; } = 1;

    /// <summary>What is wrong with these values, one sentence each; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (!(KCoef >= 0 && double.IsFinite(KCoef))) yield return $"k_coef is {KCoef}: expected 0 or more";
        if (!(InitNoiseScale >= 0 && double.IsFinite(InitNoiseScale)))
            yield return $"init_noise_scale is {InitNoiseScale}: expected 0 or more";
        if (!(InitNoiseBias >= -1 && InitNoiseBias <= 1)) yield return $"init_noise_bias is {InitNoiseBias}: expected -1 to 1";
        if (!(WeightDecay >= 0 && double.IsFinite(WeightDecay))) yield return $"weight_decay is {WeightDecay}: expected 0 or more";
        if (!(Lr > 0 && double.IsFinite(Lr))) yield return $"lr is {Lr}: expected a positive number";
        if (!(InvBeta2 > 0 && InvBeta2 <= 1)) yield return $"inv_beta2 is {InvBeta2}: expected above 0 and at most 1";
        if (!(LrWarmupFrac >= 0 && LrWarmupFrac < 1)) yield return $"lr_warmup_frac is {LrWarmupFrac}: expected 0 to below 1";
        if (!(HeavisideTemp > 0 && double.IsFinite(HeavisideTemp)))
            yield return $"heaviside_temp is {HeavisideTemp}: expected a positive number";
    }
}
