namespace Sweeps.Contracts;

/// <summary>
/// What the squared error of an input of width d becomes: the weight of the L1 term that means the same is d times as large for a sum.
/// </summary>
public enum LossReduction
{
    /// <summary>Its mean over the channels (Cunningham et al. 2023).</summary>
    Mean,

    /// <summary>Its sum over the channels.</summary>
    Sum,
}
