namespace Sweeps.Search;

/// <summary>Spaces that the paper searches.</summary>
public static class PaperSpaces
{
    /// <summary>
    /// The eight hyperparameters of a pruning around the centres of [G table 2], in its order. The paper gives no space types and no
    /// bounds; ours are log base 10 within two decades of the centre (a bias of at most 1, since τ is clamped there; a temperature
    /// of 0.1 to 10), and log-odds for the two fractions.
    /// </summary>
    public static SearchSpace Pruning { get; } = new()
    {
        Parameters =
        [
            Log("k_coef", 1e-4, 1e-6, 1e-2),
            Log("init_noise_scale", 1e-2, 1e-4, 1),
            Log("init_noise_bias", 1e-1, 1e-3, 1),
            Log("weight_decay", 1e-3, 1e-5, 1e-1),
            Log("lr", 3e-3, 3e-5, 3e-1),
            new Parameter("inv_beta2", new LogitSpace(), 5e-2),
            new Parameter("lr_warmup_frac", new LogitSpace(), 5e-2),
            Log("heaviside_temp", 1, 0.1, 10),
        ],
    };

    private static Parameter Log(string name, double center, double min, double max) =>
        new(name, new LogSpace { Min = min, Max = max }, center);
}
