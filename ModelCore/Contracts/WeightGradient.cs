namespace Sweeps.Contracts;

/// <summary>
/// What the factors of a weight's gradient, activations and their gradients, are rounded to; the sums are float32 always.
/// </summary>
public enum WeightGradient
{
    /// <summary>Nothing.</summary>
    Float32,

    /// <summary>
    /// bfloat16, as under PyTorch's autocast. Only by the kernels of the CPU, and no faster on processors without bfloat16 instructions.
    /// </summary>
    Bfloat16,
}
