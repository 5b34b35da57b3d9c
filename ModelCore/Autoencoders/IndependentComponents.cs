using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>
/// Independent components by FastICA (Hyvärinen 1999), each as two features, one for each direction: the k whose parts are largest, with
/// coefficients by least squares.
/// </summary>
internal sealed class IndependentComponents : FeatureDictionary
{
    internal const string Kind = "ica";

    /// <summary>Variances below so much of the largest are rounding.</summary>
    private const double LeastVariance = 1e-8;

    private const int RowsOfPart = 4096;

    private readonly int _k;
    private readonly Tensor _unmixing; // (m, d)

    /// <param name="origin">of this kind</param>
    /// <param name="atoms">(2 m, d): m unit rows, then the same with the other sign</param>
    /// <param name="bias">the mean activation (d)</param>
    /// <param name="unmixing">(m, d): products with x − bias are the parts of x along the components, if all are used</param>
    /// <param name="k">components used for each activation</param>
    internal IndependentComponents(DictionaryOrigin origin, Tensor atoms, Tensor bias, Tensor unmixing, int k)
        : base(origin, atoms, bias)
    {
        _k = k;
        _unmixing = unmixing.DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    internal override IEnumerable<(string Name, Tensor Value)> Others => [("encoder.weight", _unmixing)];

    /// <summary>Symmetric FastICA with tanh on whitened activations.</summary>
    /// <param name="x">activations, (n, d)</param>
    /// <param name="iterations">at most; it ends when no direction turns by more than 1e-4</param>
    /// <param name="seed">of the first directions</param>
    /// <param name="onIteration">is told of each; may throw to end it</param>
    /// <returns>atoms (2 m, d) and unmixing (m, d), where m of the d directions vary; and the mean (d)</returns>
    internal static (Tensor Atoms, Tensor Unmixing, Tensor Mean) Fit(
        Tensor x, int iterations, ulong seed, Action<int>? onIteration = null)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var mean = x.mean([0], type: ScalarType.Float64);
        var (values, vectors) = torch.linalg.eigh(PrincipalComponents.Covariance(x, mean));
        var variances = values.cpu().Values<double>();
        var m = variances.Count(variance => variance > LeastVariance * variances[^1] && variance > 0);
        if (m == 0) throw new JobInputException("activations do not vary: expected some that do, for independent components");
        var roots = values.narrow(0, variances.Length - m, m).sqrt(); // (m)
        var directions = vectors.narrow(1, variances.Length - m, m); // (d, m)
        var whitening = (directions / roots).t().contiguous(); // (m, d)
        var whitened = (x - mean.to(ScalarType.Float32)).mm(whitening.t().to(ScalarType.Float32)); // (n, m)
        using var generator = new torch.Generator(seed);
        var w = Orthogonal(torch.randn([m, m], ScalarType.Float64, generator: generator).to(x.device));
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            onIteration?.Invoke(iteration);
            var next = Orthogonal(Step(whitened, w));
            var turned = (next * w).sum(1).abs_().sub_(1).abs_().max().ToDouble();
            (w, next) = (next, w);
            next.Dispose();
            if (turned < 1e-4) break;
        }
        var mixing = (directions * roots).mm(w.t()).t(); // (m, d): x − mean = s · mixing
        var lengths = mixing.square().sum(1, keepdim: true).sqrt();
        var atoms = mixing / lengths;
        var unmixing = w.mm(whitening) * lengths;
        return (torch.cat([atoms, atoms.neg()]).to(ScalarType.Float32).MoveToOuterDisposeScope(),
            unmixing.to(ScalarType.Float32).MoveToOuterDisposeScope(), mean.to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override Tensor Encode(Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        var m = _unmixing.size(0);
        var k = (int)Math.Min(_k, m);
        var centred = x - Bias;
        var parts = centred.mm(_unmixing.t()); // (n, m)
        var (_, chosen) = parts.abs().topk(k, 1); // (n, k)
        var rows = Atoms.index_select(0, chosen.reshape(-1)).view(x.size(0), k, Width); // (n, k, d)
        // Normal equations; a little of the diagonal more, where chosen components are nearly the same.
        var products = rows.bmm(rows.transpose(1, 2)) + (torch.eye(k, device: x.device) * 1e-6);
        var wanted = rows.bmm(centred.unsqueeze(2)); // (n, k, 1)
        var coefficients = torch.linalg.solve(products, wanted).squeeze(2); // (n, k)
        // A component with a negative coefficient is the feature of the other direction.
        var features = chosen + ((coefficients < 0).to(ScalarType.Int64) * m);
        return torch.zeros([x.size(0), Features], x.dtype, x.device).scatter(1, features, coefficients.abs()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _unmixing.Dispose();
    }

    // E[g(w·x) x] − E[g'(w·x)] w for each row, g = tanh.
    private static Tensor Step(Tensor whitened, Tensor w)
    {
        using var scope = torch.NewDisposeScope();
        long n = whitened.size(0);
        var rows = w.to(ScalarType.Float32);
        var products = torch.zeros_like(w);
        var slopes = torch.zeros([w.size(0)], ScalarType.Float64, w.device);
        for (var first = 0L; first < n; first += RowsOfPart)
        {
            using var partScope = torch.NewDisposeScope();
            var part = whitened.narrow(0, first, Math.Min(RowsOfPart, n - first));
            var g = part.mm(rows.t()).tanh_(); // (rows, m)
            products.add_(g.t().mm(part));
            slopes.add_(g.square().neg_().add_(1).sum([0], type: ScalarType.Float64));
        }
        return (products - (slopes.unsqueeze(1) * w)).div_(n).MoveToOuterDisposeScope();
    }

    // (w wᵀ)^(−½) w.
    private static Tensor Orthogonal(Tensor w)
    {
        using var scope = torch.NewDisposeScope();
        var (u, _, vh) = torch.linalg.svd(w, fullMatrices: false);
        return u.mm(vh).MoveToOuterDisposeScope();
    }
}
