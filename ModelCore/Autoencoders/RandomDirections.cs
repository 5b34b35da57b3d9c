using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>Random unit directions, with coefficients by matching pursuit (Mallat and Zhang 1993) around the mean.</summary>
internal sealed class RandomDirections : FeatureDictionary
{
    internal const string Kind = "random";

    private readonly int _k;
    private Tensor? _gram; // (F, F)

    /// <param name="origin">of this kind</param>
    /// <param name="atoms">(F, d) of unit rows</param>
    /// <param name="bias">the mean activation (d)</param>
    /// <param name="k">steps of the pursuit for each activation</param>
    internal RandomDirections(DictionaryOrigin origin, Tensor atoms, Tensor bias, int k)
        : base(origin, atoms, bias) => _k = k;

    /// <summary>Directions, uniform on the sphere, (features, d) on the CPU.</summary>
    internal static Tensor Draw(long features, long d, ulong seed)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(seed);
        var rows = torch.randn([features, d], ScalarType.Float32, generator: generator);
        return rows.div(rows.square().sum(1, keepdim: true).sqrt()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override Tensor Encode(Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        _gram ??= Atoms.mm(Atoms.t()).DetachFromDisposeScope();
        // Products of what is left with all atoms; a step takes its atom's row of the Gram matrix from them.
        var left = (x - Bias).mm(Atoms.t()); // (n, F)
        var codes = torch.zeros_like(left);
        for (var step = 0; step < _k; step++)
        {
            using var stepScope = torch.NewDisposeScope();
            var best = left.abs().argmax(1, keepdim: true); // (n, 1)
            var coefficient = left.gather(1, best); // (n, 1)
            codes.scatter_add_(1, best, coefficient);
            left.sub_(_gram.index_select(0, best.view(-1)).mul_(coefficient));
        }
        return codes.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _gram?.Dispose();
    }
}
