using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

namespace Sweeps.Search.Carbs;

/// <summary>
/// Hyperparameters of a Gaussian process at the maximum of their posterior: marginal likelihood (Rasmussen and Williams 2006, eq. 5.8)
/// times
/// log-normal priors, by a quasi-Newton method inside three standard deviations of each prior. Vectors hold ln a, ln v, ln noise, ln ℓ_1,
/// …, ln ℓ_D.
/// </summary>
/// <remarks>
/// For the analysis of a search, not for its suggestions: there fitted values brought nothing over frozen ones, and they cost a hundred
/// times as much.
/// </remarks>
internal sealed class KernelFit
{
    private const int MaxIterations = 30;

    private readonly double[] _points, _targets;
    private readonly int _dimensions;
    private readonly Vector<double> _prior, _spread;

    /// <param name="points">(n, D), row-major</param>
    /// <param name="targets">n</param>
    /// <param name="dimensions">D</param>
    public KernelFit(double[] points, double[] targets, int dimensions)
    {
        (_points, _targets, _dimensions) = (points, targets, dimensions);
        // Wider than the reference's, which never leave the neighbourhood of its search radius: a dimension that does not matter has to be
        // able to say so.
        _prior = Vector<double>.Build.Dense(3 + dimensions, i => i switch { 0 or 1 => 0, 2 => Math.Log(0.05), _ => 0 });
        _spread = Vector<double>.Build.Dense(3 + dimensions, i => i < 2 ? 1 : 1.2);
    }

    /// <summary>The process at the best hyperparameters found, starting from the priors' means: the same on every call.</summary>
    public GaussianProcess Best()
    {
        var (best, least) = (_prior, double.PositiveInfinity);
        var objective = ObjectiveFunction.Gradient(at =>
        {
            var (value, gradient) = Objective(at);
            if (value < least) (best, least) = (at.Clone(), value);
            return (value, gradient);
        });
        try
        {
            _ = new BfgsBMinimizer(1e-4, 1e-5, 1e-7, MaxIterations).FindMinimum(
                objective, _prior - (3 * _spread), _prior + (3 * _spread), _prior);
        }
        catch (OptimizationException)
        {
            // Out of iterations, or no progress along the line: the best point so far is as good as any.
        }
        return Process(best);
    }

    /// <summary>The negative logarithm of the posterior, up to a constant, and its gradient.</summary>
    internal (double Value, Vector<double> Gradient) Objective(Vector<double> at)
    {
        var (a, v, noise) = (Math.Exp(at[0]), Math.Exp(at[1]), Math.Exp(at[2]));
        var inverseLengths = new double[_dimensions];
        for (var d = 0; d < _dimensions; d++) inverseLengths[d] = Math.Exp(-at[3 + d]);
        var process = Process(at);
        var (weights, inverse) = (process.Weights(), process.Inverse());
        var scaled = (at - _prior).PointwiseDivide(_spread);
        var gradient = scaled.PointwiseDivide(_spread);
        var squares = new double[_dimensions];
        for (var i = 0; i < _targets.Length; i++)
            for (var j = 0; j <= i; j++)
            {
                // ½ tr[(K⁻¹ − ααᵀ) ∂K], each pair once: off the diagonal it counts twice.
                var factor = (inverse[i][j] - (weights[i] * weights[j])) * (i == j ? 0.5 : 1);
                var (dot, sum) = (0.0, 1e-12);
                for (var d = 0; d < _dimensions; d++)
                {
                    var (x, y) = (_points[(i * _dimensions) + d], _points[(j * _dimensions) + d]);
                    var difference = (x - y) * inverseLengths[d];
                    squares[d] = difference * difference;
                    sum += squares[d];
                    dot += x * y;
                }
                var t = Math.Sqrt(3 * sum);
                var decay = Math.Exp(-t);
                gradient[0] += factor * a * dot;
                gradient[1] += factor * v * (1 + t) * decay;
                if (i == j) gradient[2] += factor * noise;
                for (var d = 0; d < _dimensions; d++) gradient[3 + d] += factor * 3 * v * decay * squares[d];
            }
        return (process.NegativeLogLikelihood + (0.5 * scaled.DotProduct(scaled)), gradient);
    }

    private GaussianProcess Process(Vector<double> at)
    {
        var kernel = new CarbsKernel([.. at.Skip(3).Select(Math.Exp)], Math.Exp(at[0]), Math.Exp(at[1]));
        var process = new GaussianProcess(kernel, Math.Exp(at[2]), _targets.Length);
        process.Add(_points, _targets);
        return process;
    }
}
