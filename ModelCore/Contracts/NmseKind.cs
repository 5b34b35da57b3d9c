namespace Sweeps.Contracts;

/// <summary>How the squared error of a bridge is made relative to the variance of what it predicts.</summary>
public enum NmseKind
{
    /// <summary>Sums over the tokens of a batch, divided: no single token dominates.</summary>
    Ratio,

    /// <summary>The mean over tokens of each one's ratio, as in public code: tokens near the mean dominate.</summary>
    PerToken,
}
