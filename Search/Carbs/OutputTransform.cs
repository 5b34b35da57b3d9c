namespace Sweeps.Search.Carbs;

/// <summary>
/// Outputs to normal scores: F, the piecewise linear distribution through ⌊√n⌋ quantiles of the observed outputs, then Φ⁻¹.
/// As scikit-learn's <c>QuantileTransformer</c>, which the public CARBS uses: F is the mean of the interpolations from below and from
/// above, which
/// differ where quantiles are equal; outputs at the extremes have F = 0 or 1, and scores stop at a limit.
/// </summary>
/// <remarks>
/// Works on oriented outputs (larger is better), so that a search does not depend on the direction that its problem is stated in.
/// </remarks>
internal sealed class OutputTransform
{
    /// <summary>Φ⁻¹(1 − 1e-7), less one rounding step: where the reference's scores stop.</summary>
    public const double ReferenceLimit = 5.1993375821928165;

    private readonly double[] _quantiles;
    private readonly double _limit, _tolerance;

    /// <param name="outputs">oriented, at least one</param>
    /// <param name="clipByCount">
    /// limit scores to ±Φ⁻¹(1 − 1 / 2n), what the extremes of n normal numbers are, and not to the reference's ±5.2
    /// </param>
    public OutputTransform(IEnumerable<double> outputs, bool clipByCount = false)
    {
        double[] sorted = [.. outputs.Order()];
        _quantiles = new double[(int)Math.Sqrt(sorted.Length)];
        for (var i = 0; i < _quantiles.Length; i++) _quantiles[i] = Quantiles.Of(sorted, Level(i));
        _limit = clipByCount ? NormalDistribution.InverseCdf(1 - (0.5 / sorted.Length)) : ReferenceLimit;
        // The reference's 1e-7 is absolute: outputs of that size would all be extremes.
        _tolerance = 1e-7 * (_quantiles[^1] - _quantiles[0]);
    }

    /// <summary>The score of <paramref name="output"/>, oriented.</summary>
    public double Score(double output)
    {
        // With equal extremes, or a single quantile, the lower one wins: the reference's rule.
        if (output - _tolerance <= _quantiles[0]) return -_limit;
        if (output + _tolerance >= _quantiles[^1]) return _limit;
        var below = 0;
        while (_quantiles[below + 1] <= output) below++;
        var above = _quantiles.Length - 1;
        while (_quantiles[above - 1] >= output) above--;
        var fraction = 0.5 * (Between(below, output) + Between(above - 1, output));
        return Math.Clamp(NormalDistribution.InverseCdf(fraction), -_limit, _limit);
    }

    /// <summary>The oriented output at <paramref name="score"/>; not unique where outputs are equal.</summary>
    public double Output(double score) => Quantiles.Of(_quantiles, NormalDistribution.Cdf(score));

    private double Level(int i) => _quantiles.Length == 1 ? 0 : (double)i / (_quantiles.Length - 1);

    private double Between(int i, double output) =>
        Level(i) + ((Level(i + 1) - Level(i)) * ((output - _quantiles[i]) / (_quantiles[i + 1] - _quantiles[i])));
}
