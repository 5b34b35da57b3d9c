namespace Sweeps.Contracts;

/// <summary>The path of L0 from its initial value to the target.</summary>
public enum L0Anneal
{
    /// <summary>Straight.</summary>
    Linear,

    /// <summary>Straight when both L0 and step are logarithms: most of the fall comes early ("power_law" in the authors' script).</summary>
    Power,

    /// <summary>Straight when L0 is a logarithm: each step removes the same share of what is left.</summary>
    Exponential,
}
