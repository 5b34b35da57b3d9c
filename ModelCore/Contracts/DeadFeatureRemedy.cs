namespace Sweeps.Contracts;

/// <summary>What is done for features that no longer fire.</summary>
public enum DeadFeatureRemedy
{
    /// <summary>An auxiliary loss for topk and batchtopk, resampling for the others.</summary>
    Auto,

    /// <summary>Nothing.</summary>
    None,

    /// <summary>They begin anew at inputs that are badly reconstructed.</summary>
    Resample,

    /// <summary>The largest of them learn to reconstruct what the others leave (Gao et al. 2024).</summary>
    Aux,
}
