using Sweeps.ModelCore.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>
/// The loss of a batch and its gradients, which become those of the parameters. Where codes have few entries, on the CPU and in float32,
/// all but the encoder's product goes by these entries (<see cref="SparseCodes"/>); elsewhere by dense products. Which it is depends on the
/// values alone and shows in the last bits only. Shapes in comments: n inputs, d channels, F features.
/// </summary>
internal sealed class AutoencoderPass
{
    /// <summary>Up to this density of the codes the pass goes by entries.</summary>
    internal const double DenseFrom = 0.5;

    private readonly AutoencoderOptions _options;
    private readonly AutoencoderParameters _parameters;
    private readonly SparseCodes? _codes;

    /// <param name="options">kind, coefficients and what the loss depends on else</param>
    /// <param name="parameters">they get the gradients</param>
    internal AutoencoderPass(AutoencoderOptions options, AutoencoderParameters parameters)
    {
        (_options, _parameters) = (options, parameters);
        if (Functions.enabled && parameters.Dictionary.dtype == ScalarType.Float32 && parameters.Dictionary.device_type == DeviceType.CPU)
            _codes = new SparseCodes();
    }

    private bool IsTopK => _options.Kind is AutoencoderKind.Topk or AutoencoderKind.Batchtopk;

    private bool IsTied => _options.Kind == AutoencoderKind.L1Tied;

    /// <summary>Runs the pass.</summary>
    /// <param name="x">normalised inputs, (n, d)</param>
    /// <param name="sparsity">by what the weight of L1 or L0 is multiplied, for its warm-up</param>
    /// <param name="dead">features that are dead, in rising order, where the auxiliary loss is wanted; null for none</param>
    internal AutoencoderLoss Run(Tensor x, double sparsity = 1, long[]? dead = null)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var p = _parameters;
        // What the encoder reads; of the TopK kinds the dictionary's bias is taken away first.
        var read = IsTopK ? x - p.DecoderBias : x; // (n, d)
        var z = p.EncoderBias.addmm(read, p.Encoder.t()); // (n, F)
        return TryFind(z) ? BySparse(x, read, z, sparsity, dead) : ByDense(x, read, z, sparsity, dead);
    }

    /// <summary>1 / (n d) or 1 / n.</summary>
    private double Scale(Tensor x) => 1.0 / (x.size(0) * (_options.Reduction == LossReduction.Mean ? x.size(1) : 1));

    // Whether the codes are few; z is ReLU(z) then, of the TopK kinds.
    private bool TryFind(Tensor z)
    {
        if (_codes is null) return false;
        var most = (long)(DenseFrom * z.numel());
        switch (_options.Kind)
        {
            case AutoencoderKind.Topk:
                if (_options.K > DenseFrom * z.size(1)) return false;
                _codes.FindTop(z, _options.K);
                return true;
            case AutoencoderKind.Batchtopk:
                if (_options.K > DenseFrom * z.size(1)) return false;
                _codes.FindTopOfBatch(z, _options.K * z.size(0));
                return true;
            case AutoencoderKind.Jumprelu:
                // With those that are inside of the step's width from below: they move the threshold.
                return _codes.TryFindAbove(z, _parameters.Threshold!.sub(_options.Bandwidth / 2), most);
            default:
                return _codes.TryFindAbove(z, null, most);
        }
    }

    private AutoencoderLoss BySparse(Tensor x, Tensor read, Tensor z, double sparsity, long[]? dead)
    {
        var (p, codes) = (_parameters, _codes!);
        var slope = 2 * Scale(x);
        var thresholds = p.Threshold?.Values<float>();
        var near = thresholds is null ? [] : Deactivate(codes, thresholds);
        var (fired, active, total, least) = codes.Summarise();
        var isL1 = thresholds is null && !IsTopK;
        var weight = isL1 ? sparsity * _options.Alpha / x.size(0) : 0;
        var (error, squares) = codes.Reconstruct(
            IsTopK ? read : x, p.Dictionary, IsTopK ? null : p.DecoderBias, slope, weight);

        var l0 = (double)active / x.size(0);
        var penalty = weight * total;
        if (thresholds is not null)
        {
            var features = codes.Indices;
            var values = codes.Values;
            var derivatives = codes.Derivatives;
            (penalty, var byL0) = L0Term(l0, sparsity);
            var byThreshold = new double[codes.Features];
            foreach (var j in near)
            {
                byThreshold[features[j]] -=
                    ((thresholds[features[j]] * derivatives[j]) + (byL0 / x.size(0))) / _options.Bandwidth;
            }
            SetGradient(p.Threshold!, torch.tensor(Array.ConvertAll(byThreshold, g => (float)g)));
            for (var j = 0; j < values.Length; j++)
                if (!(values[j] > 0)) derivatives[j] = 0;
        }
        var (byDictionary, byEncoder, byBias) = codes.Gradients(error, slope, read, p.Dictionary, IsTied);
        var auxiliary = Auxiliary(z, read, error, dead, ref byDictionary, ref byEncoder, ref byBias);
        Finish(error, slope, byDictionary, byEncoder, byBias);
        return new AutoencoderLoss(
            squares * Scale(x), penalty, auxiliary, l0, float.IsFinite(least) ? least : 0, fired);
    }

    // Sets entries below their thresholds to 0. Returns the places of those inside of the step's width.
    private List<int> Deactivate(SparseCodes codes, float[] thresholds)
    {
        var near = new List<int>();
        var features = codes.Indices;
        var values = codes.Values;
        for (var j = 0; j < values.Length; j++)
        {
            var distance = values[j] - thresholds[features[j]];
            if (Math.Abs(distance) < _options.Bandwidth / 2) near.Add(j);
            if (!(distance > 0)) values[j] = 0;
        }
        return near;
    }

    private AutoencoderLoss ByDense(Tensor x, Tensor read, Tensor z, double sparsity, long[]? dead)
    {
        var p = _parameters;
        var slope = 2 * Scale(x);
        var c = Codes(z); // (n, F)
        var error = p.DecoderBias.addmm(c, p.Dictionary).sub_(x); // (n, d)
        var squares = error.square().sum(type: ScalarType.Float64).ToDouble();
        var isActive = c.gt(0);
        var counts = isActive.sum([0]).to(ScalarType.Int64).cpu().Values<long>();
        var l0 = (double)counts.Sum() / x.size(0);
        var derivatives = error.mm(p.Dictionary.t()).mul_(slope); // (n, F)
        var penalty = 0.0;
        if (p.Threshold is { } threshold)
        {
            (penalty, var byL0) = L0Term(l0, sparsity);
            var near = (z - threshold).abs_().lt(_options.Bandwidth / 2);
            SetGradient(threshold, (derivatives * threshold).add_(byL0 / x.size(0)).mul_(near).sum([0]).div_(-_options.Bandwidth));
        }
        else if (!IsTopK)
        {
            var weight = sparsity * _options.Alpha / x.size(0);
            penalty = weight * c.sum(type: ScalarType.Float64).ToDouble();
            derivatives.add_(weight);
        }
        derivatives.mul_(isActive);
        var byDictionary = c.t().mm(error).mul_(slope); // (F, d)
        Tensor? byEncoder = derivatives.t().mm(read);
        var byBias = derivatives.sum([0]);
        if (IsTied)
        {
            byDictionary.add_(byEncoder);
            byEncoder = null;
        }
        byDictionary = Across(byDictionary, p.Dictionary);
        var auxiliary = Auxiliary(z, read, error, dead, ref byDictionary, ref byEncoder, ref byBias);
        Finish(error, slope, byDictionary, byEncoder, byBias);
        // Where a feature is off, the largest of all stands in.
        var least = l0 > 0 ? torch.where(isActive, c, c.max()).min().ToSingle() : 0;
        return new AutoencoderLoss(squares * Scale(x), penalty, auxiliary, l0, least, Array.ConvertAll(counts, n => (int)n));
    }

    // (n, F)
    private Tensor Codes(Tensor z) => _options.Kind switch
    {
        AutoencoderKind.Topk => Functions.abs_topk(z.relu(), _options.K),
        AutoencoderKind.Batchtopk => TopOfBatch(z.relu()),
        AutoencoderKind.Jumprelu => z * (z > _parameters.Threshold!),
        _ => z.relu(),
    };

    private Tensor TopOfBatch(Tensor z) =>
        Functions.abs_topk(z.reshape(1, -1), checked((int)Math.Min(_options.K * z.size(0), z.numel()))).view(z.shape);

    // The weighted term, and its derivative by L0.
    private (double Term, double Slope) L0Term(double l0, double sparsity)
    {
        var weight = sparsity * _options.L0Coef;
        if (_options.TargetL0 is not { } target) return (weight * l0, weight);
        var over = (l0 / target) - 1;
        return (weight * over * over, weight * 2 * over / target);
    }

    /// <summary>
    /// aux_coef · ‖e − ê‖² / ‖e − ē‖², e what the features leave, without a gradient, and ê what the largest dead ones make of it. Adds its
    /// gradients.
    /// </summary>
    private double Auxiliary(
        Tensor z, Tensor read, Tensor error, long[]? dead, ref Tensor byDictionary, ref Tensor? byEncoder, ref Tensor byBias)
    {
        if (dead is null || dead.Length == 0) return 0;
        var p = _parameters;
        var index = dead.ToDevice(z.device);
        var among = z.index_select(1, index).relu_(); // (n, dead)
        var k = (int)Math.Min(_options.AuxK ?? Math.Max(1, p.Width / 2), (long)dead.Length);
        var c = Functions.abs_topk(among, k);
        var rows = p.Dictionary.index_select(0, index); // (dead, d)
        var left = c.mm(rows).add_(error); // ê − e, as e is −error
        var spread = (error - error.mean([0], keepdim: true)).square().sum(type: ScalarType.Float64).ToDouble();
        if (spread == 0) return 0;
        var weight = _options.AuxCoef / spread;
        var slope = 2 * weight;
        var loss = weight * left.square().sum(type: ScalarType.Float64).ToDouble();
        var derivatives = left.mm(rows.t()).mul_(slope).mul_(c.gt(0)); // (n, dead)
        var byRows = c.t().mm(left).mul_(slope);
        var byEncoderRows = derivatives.t().mm(read);
        if (IsTied) byRows.add_(byEncoderRows);
        byDictionary = byDictionary.index_add(0, index, Across(byRows, rows), 1);
        byEncoder = byEncoder?.index_add(0, index, byEncoderRows, 1);
        byBias = byBias.index_add(0, index, derivatives.sum([0]), 1);
        return loss;
    }

    private void Finish(Tensor error, double slope, Tensor byDictionary, Tensor? byEncoder, Tensor byBias)
    {
        var p = _parameters;
        SetGradient(p.Dictionary, byDictionary);
        if (byEncoder is not null) SetGradient(p.TrainedEncoder!, byEncoder);
        SetGradient(p.EncoderBias, byBias);
        if (!_options.DecoderBias) return;
        var byDecoderBias = error.sum([0]).mul_(slope);
        if (IsTopK) byDecoderBias.sub_(p.Encoder.t().mv(byBias));
        SetGradient(p.DecoderBias, byDecoderBias);
    }

    // Gradients by rows without their parts along these unit rows.
    private static Tensor Across(Tensor gradients, Tensor rows) => gradients - ((gradients * rows).sum(1, keepdim: true) * rows);

    // The parameter holds the gradient from now on; the object here is only another name for it.
    private static void SetGradient(Tensor parameter, Tensor gradient) => parameter.grad = gradient;
}
