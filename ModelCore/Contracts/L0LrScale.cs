namespace Sweeps.Contracts;

/// <summary>The factor of the learning rate while L0 falls; it says at which L0 the peak is meant.</summary>
public enum L0LrScale
{
    /// <summary>√(target / L0): the peak is the one at the target, so that one value serves all targets.</summary>
    Target,

    /// <summary>√(1 / L0): the peak is the one of a dense model.</summary>
    Dense,

    /// <summary>None.</summary>
    None,
}
