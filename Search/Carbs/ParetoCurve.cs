namespace Sweeps.Search.Carbs;

/// <summary>
/// The score that the Pareto set reaches at a cost: a Gaussian process over the scaled logarithm of the cost, kernel exp(−Δ² / 2), through
/// all
/// observations of the set. Not monotone, as the reference's.
/// </summary>
internal sealed class ParetoCurve
{
    private readonly double[] _costs, _weights;
    private readonly double _low, _high;

    /// <param name="costs">scaled, one per observation, at least one</param>
    /// <param name="scores">of the same observations</param>
    /// <param name="noise">their variance, without the jitter</param>
    public ParetoCurve(double[] costs, double[] scores, double noise)
    {
        (_costs, _weights) = (costs, [.. scores]);
        (_low, _high) = (costs.Min(), costs.Max());
        var factor = new Cholesky(costs.Length);
        var row = new double[costs.Length];
        for (var i = 0; i < costs.Length; i++)
        {
            for (var j = 0; j < i; j++) row[j] = Kernel(costs[i], costs[j]);
            factor.Append(row.AsSpan(0, i), 1 + noise + GaussianProcess.Jitter);
        }
        factor.Solve(_weights);
        factor.SolveTransposed(_weights);
    }

    /// <summary>The score at a scaled cost; outside the set's costs, that at the nearest end.</summary>
    public double At(double cost)
    {
        cost = Math.Clamp(cost, _low, _high);
        var sum = 0.0;
        for (var i = 0; i < _costs.Length; i++) sum += _weights[i] * Kernel(cost, _costs[i]);
        return sum;
    }

    private static double Kernel(double a, double b) => Math.Exp(-0.5 * (a - b) * (a - b));
}
