namespace Sweeps.ModelCore.Autoencoders;

/// <summary>The loss of a batch of normalised inputs, and how its codes are.</summary>
/// <param name="Reconstruction">the squared error, reduced as the options say</param>
/// <param name="Sparsity">the weighted term of L1, or of L0</param>
/// <param name="Auxiliary">the weighted auxiliary loss of dead features</param>
/// <param name="L0">active features per input</param>
/// <param name="LeastActive">the smallest value in the codes that is not 0; 0 where all are</param>
/// <param name="Fired">how many inputs each feature is active on</param>
internal sealed record AutoencoderLoss(
    double Reconstruction, double Sparsity, double Auxiliary, double L0, float LeastActive, int[] Fired)
{
    internal double Total => Reconstruction + Sparsity + Auxiliary;
}
