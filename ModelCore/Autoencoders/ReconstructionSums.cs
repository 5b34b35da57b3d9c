using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>
/// What reconstructions and codes of activations add up to, in double precision: the part of the metrics that needs no model.
/// </summary>
internal sealed class ReconstructionSums
{
    /// <summary>Firings that a feature needs, more than, to be alive.</summary>
    internal const int AliveAbove = 10;

    /// <summary>Classes of the histogram of densities: log10 from −6 to 0 by halves, and those of 1.</summary>
    internal const int Classes = 13;

    // What is smaller than so much of Σ‖x‖² is rounding.
    private const double Rounding = 1e-12;

    private readonly Tensor _mean; // (d), float64
    private readonly long[] _fired;
    private long _n, _active, _nonzeroInputs, _zeroEntries, _entries;
    private double _error, _variance, _squares, _ofReconstruction, _product, _ratios;

    /// <param name="mean">the mean activation (d), float64; must live as long as activations are added</param>
    /// <param name="features">features of the dictionary</param>
    internal ReconstructionSums(Tensor mean, int features) => (_mean, _fired) = (mean, new long[features]);

    internal long Count => _n;

    /// <summary>How many activations each feature was not 0 on.</summary>
    internal IReadOnlyList<long> Fired => _fired;

    /// <summary>Active features per activation.</summary>
    internal double L0 => (double)_active / _n;

    /// <summary>Σ‖x − x̂‖² / Σ‖x − x̄‖²; 0 where both are 0.</summary>
    internal double Fvu => Ratio(NotRounding(_error), NotRounding(_variance), 0);

    /// <summary>Σ‖x̂‖² / Σ⟨x̂, x⟩; 1 where both are 0.</summary>
    internal double Shrinkage => Ratio(_ofReconstruction, _product, 1);

    /// <summary>The mean of ‖x̂‖ / ‖x‖ over activations that are not 0; NaN where all are.</summary>
    internal double NormRatio => _ratios / _nonzeroInputs;

    /// <summary>Fraction of the activations' entries that are exactly 0.</summary>
    internal double ZeroEntries => (double)_zeroEntries / _entries;

    /// <summary>Features that never fired, as a fraction.</summary>
    internal double DeadFraction => (double)_fired.Count(n => n == 0) / _fired.Length;

    /// <summary>Features that fired more than <see cref="AliveAbove"/> times.</summary>
    internal int Alive => _fired.Count(n => n > AliveAbove);

    /// <summary>See <see cref="DictionaryMetrics.DensityHistogram"/>.</summary>
    internal int[] DensityHistogram
    {
        get
        {
            var classes = new int[Classes];
            foreach (var fired in _fired.Where(n => n > 0))
                classes[Math.Clamp((int)Math.Floor(2 * (Math.Log10((double)fired / _n) + 6)), 0, Classes - 1)]++;
            return classes;
        }
    }

    /// <summary>Adds activations, what a dictionary makes of them, and their codes.</summary>
    /// <param name="x">(n, d)</param>
    /// <param name="reconstruction">(n, d)</param>
    /// <param name="codes">(n, F)</param>
    internal void Add(Tensor x, Tensor reconstruction, Tensor codes)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        Tensor wide = x.to(ScalarType.Float64), given = reconstruction.to(ScalarType.Float64);
        var lengths = wide.square().sum(1);
        var lengthsGiven = given.square().sum(1);
        _n += x.size(0);
        _error += (wide - given).square().sum().ToDouble();
        _variance += (wide - _mean).square().sum().ToDouble();
        _squares += lengths.sum().ToDouble();
        _ofReconstruction += lengthsGiven.sum().ToDouble();
        _product += (wide * given).sum().ToDouble();
        var isNonzero = lengths > 0;
        _nonzeroInputs += isNonzero.sum().ToInt64();
        _ratios += (lengthsGiven / lengths).sqrt_().masked_select(isNonzero).sum().ToDouble();
        _entries += x.numel();
        _zeroEntries += x.numel() - x.count_nonzero().ToInt64();
        var fired = codes.ne(0).sum([0]).to(ScalarType.Int64).cpu().Values<long>();
        for (var feature = 0; feature < _fired.Length; feature++) _fired[feature] += fired[feature];
        _active += fired.Sum();
    }

    private double NotRounding(double sum) => sum <= Rounding * _squares ? 0 : sum;

    private static double Ratio(double above, double below, double ofNothing) => above == 0 && below == 0 ? ofNothing : above / below;
}
