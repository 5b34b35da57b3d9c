namespace Sweeps.Contracts;

/// <summary>
/// How a sparse autoencoder makes its code of an input x, with an encoder M, b and a dictionary D of unit rows, and what keeps the code
/// sparse.
/// </summary>
public enum AutoencoderKind
{
    /// <summary>c = the k largest of ReLU(M(x − b_d) + b) (Gao et al. 2024).</summary>
    Topk,

    /// <summary>
    /// The k · batch largest of a batch; outside of training what is above a threshold that was learned with it (Bussmann et al. 2024).
    /// </summary>
    Batchtopk,

    /// <summary>c = z where z = Mx + b is above a threshold of its own, else 0 (Rajamanoharan et al. 2024).</summary>
    Jumprelu,

    /// <summary>c = ReLU(Mx + b) with α‖c‖₁ in the loss.</summary>
    L1,

    /// <summary>The same with M = D (Cunningham et al. 2023).</summary>
    L1Tied,
}
