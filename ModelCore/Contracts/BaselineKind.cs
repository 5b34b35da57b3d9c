namespace Sweeps.Contracts;

/// <summary>What a sparse autoencoder is compared with, at an equal number of active features.</summary>
public enum BaselineKind
{
    /// <summary>The first k principal components, the same for every activation.</summary>
    PcaFirst,

    /// <summary>Of all principal components the k largest of each activation.</summary>
    Pca,

    /// <summary>
    /// Independent components (FastICA), each in both directions; the k largest of each activation, with coefficients by least squares.
    /// </summary>
    Ica,

    /// <summary>As many random unit directions as an autoencoder has features, by matching pursuit.</summary>
    Random,

    /// <summary>The channels themselves, the k largest in magnitude of each activation.</summary>
    Neurons,
}
