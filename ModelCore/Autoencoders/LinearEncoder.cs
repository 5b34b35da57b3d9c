using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>How a dictionary makes its codes where it begins with a linear map: of z = x · weightᵀ + bias.</summary>
/// <param name="Weight">(F, d)</param>
/// <param name="Bias">(F)</param>
/// <param name="Activate">z (…, F) to codes (…, F)</param>
internal sealed record LinearEncoder(Tensor Weight, Tensor Bias, Func<Tensor, Tensor> Activate);
