namespace Sweeps.Contracts;

/// <summary>What becomes of the part of an activation that a dictionary does not explain, when nodes are its features.</summary>
public enum ReconstructionError
{
    /// <summary>It stays, as one node more that is always kept and has no edges: what features cannot say is said all the same.</summary>
    Keep,

    /// <summary>It is at its mean, so that a circuit is of features alone.</summary>
    Mean,
}
