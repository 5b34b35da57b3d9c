using Sweeps.ModelCore.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>Principal components, by falling variance: the first k for every activation, or the k largest of each.</summary>
internal sealed class PrincipalComponents : FeatureDictionary
{
    /// <summary>The kind that takes the largest of each activation.</summary>
    internal const string All = "pca";

    /// <summary>The kind that takes the first ones.</summary>
    internal const string First = "pca_first";

    private readonly int _k;

    /// <param name="origin">of one of the two kinds</param>
    /// <param name="atoms">(d, d), orthonormal</param>
    /// <param name="bias">the mean activation (d)</param>
    /// <param name="k">features used for each activation</param>
    internal PrincipalComponents(DictionaryOrigin origin, Tensor atoms, Tensor bias, int k)
        : base(origin, atoms, bias) => _k = k;

    /// <summary>Fits them.</summary>
    /// <param name="x">activations, (n, d)</param>
    /// <returns>the components (d, d), by falling variance, the largest entry of each positive; and the mean (d)</returns>
    internal static (Tensor Atoms, Tensor Mean) Fit(Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var mean = x.mean([0], type: ScalarType.Float64);
        var (_, vectors) = torch.linalg.eigh(Covariance(x, mean));
        var atoms = vectors.t().flip(0); // eigh's values rise
        var largest = atoms.gather(1, atoms.abs().argmax(1, keepdim: true));
        return ((atoms * largest.sign()).to(ScalarType.Float32).contiguous().MoveToOuterDisposeScope(),
            mean.to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <summary>The covariance (d, d) of activations around their mean (d), both float64.</summary>
    internal static Tensor Covariance(Tensor x, Tensor mean)
    {
        const int Rows = 4096;
        using var scope = torch.NewDisposeScope();
        var sum = torch.zeros([x.size(1), x.size(1)], ScalarType.Float64, x.device);
        for (var first = 0L; first < x.size(0); first += Rows)
        {
            using var partScope = torch.NewDisposeScope();
            var part = x.narrow(0, first, Math.Min(Rows, x.size(0) - first)).to(ScalarType.Float64).sub_(mean);
            sum.addmm_(part.t(), part);
        }
        return sum.div_(x.size(0)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override Tensor Encode(Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        var c = (x - Bias).mm(Atoms.t());
        if (Origin.Kind == All) return Functions.abs_topk(c, Math.Min(_k, Features)).MoveToOuterDisposeScope();
        using var kept = (torch.arange(Features, device: x.device) < _k).to(c.dtype);
        return (c * kept).MoveToOuterDisposeScope();
    }
}
