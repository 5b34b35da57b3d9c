using Sweeps.ModelCore.Kernels;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>The channels themselves: the k largest in magnitude of each activation.</summary>
internal sealed class Neurons : FeatureDictionary
{
    internal const string Kind = "neurons";

    private readonly int _k;

    /// <param name="origin">of this kind</param>
    /// <param name="atoms">the unit matrix (d, d)</param>
    /// <param name="bias">0 (d)</param>
    /// <param name="k">channels kept of each activation</param>
    internal Neurons(DictionaryOrigin origin, Tensor atoms, Tensor bias, int k)
        : base(origin, atoms, bias) => _k = k;

    /// <inheritdoc/>
    internal override Tensor Encode(Tensor x) => Functions.abs_topk(x, Math.Min(_k, Features));

    /// <inheritdoc/>
    internal override LinearEncoder Linear => new(Atoms, Bias, Encode);
}
