namespace Sweeps.Contracts;

/// <summary>What is done to the gradient before the optimiser sees it.</summary>
public enum GradientScale
{
    /// <summary>It is divided by its root mean square over all parameters jointly.</summary>
    Normalize,

    /// <summary>It is scaled down where that root mean square is above a bound.</summary>
    Clip,
}
