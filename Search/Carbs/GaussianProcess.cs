using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sweeps.Search.Carbs;

/// <summary>
/// Exact regression by a Gaussian process with zero mean (Rasmussen and Williams 2006, algorithm 2.1):
/// with K = L Lᵀ, noise on its diagonal, and β = L⁻¹ y, the mean at x is (L⁻¹ k)·β and the variance k(x, x) − |L⁻¹ k|². Variances leave the
/// noise out.
/// </summary>
internal sealed class GaussianProcess
{
    /// <summary>Added to every diagonal, beside the noise: the reference's.</summary>
    public const double Jitter = 1e-4;

    // Keeps the factor of the posterior covariance of points that lie on one another positive definite.
    private const double SampleJitter = 1e-6;

    private readonly double _noise;
    private readonly double[] _points, _solved;
    private readonly Cholesky _factor;

    /// <param name="kernel">the covariance</param>
    /// <param name="noise">variance of an observation; <see cref="Jitter"/> is added</param>
    /// <param name="capacity">points that it can hold</param>
    public GaussianProcess(CarbsKernel kernel, double noise, int capacity)
    {
        (Kernel, _noise) = (kernel, noise);
        (_points, _solved, _factor) = (new double[capacity * kernel.Dimensions], new double[capacity], new Cholesky(capacity));
    }

    public int Count => _factor.Size;

    public CarbsKernel Kernel { get; }

    public int Dimensions => Kernel.Dimensions;

    /// <summary>The negative logarithm of the marginal likelihood, less its constant n/2 ln 2π: ½ |β|² + Σ ln L_ii.</summary>
    public double NegativeLogLikelihood =>
        (0.5 * Cholesky.Dot(_solved.AsSpan(0, Count), _solved.AsSpan(0, Count))) + _factor.HalfLogDeterminant;

    private ReadOnlySpan<double> Points => _points.AsSpan(0, Count * Dimensions);

    /// <summary>Adds observations; in one call or in several is the same to the last bit.</summary>
    /// <param name="points">(n, D), row-major</param>
    /// <param name="targets">n</param>
    /// <exception cref="ArithmeticException">the points are so large that the noise is lost beside their covariance</exception>
    public void Add(ReadOnlySpan<double> points, ReadOnlySpan<double> targets)
    {
        var d = Dimensions;
        var first = Count;
        points.CopyTo(_points.AsSpan(first * d));
        var (lanes, columns, row) = (new double[d * Cholesky.Lanes], new double[(first + targets.Length) * Cholesky.Lanes],
            new double[first + targets.Length]);
        for (var block = 0; block < targets.Length; block += Cholesky.Lanes)
        {
            var size = Math.Min(Cholesky.Lanes, targets.Length - block);
            Pack(points.Slice(block * d, size * d), lanes);
            Kernel.Evaluate(_points.AsSpan(0, (first + block + size) * d), lanes, columns);
            for (var lane = 0; lane < size; lane++)
            {
                var n = Count;
                for (var i = 0; i < n; i++) row[i] = columns[(i * Cholesky.Lanes) + lane];
                _factor.Append(row.AsSpan(0, n), Kernel.Variance(_points.AsSpan(n * d, d)) + _noise + Jitter);
                var l = _factor.Row(n);
                _solved[n] = (targets[block + lane] - Cholesky.Dot(l[..n], _solved.AsSpan(0, n))) / l[n];
            }
        }
    }

    /// <summary>Mean and variance at each of <paramref name="points"/>.</summary>
    /// <param name="points">(m, D), row-major</param>
    /// <param name="mean">out, m</param>
    /// <param name="variance">out, m; not clamped, a rounding error may leave it just below 0</param>
    public void Predict(ReadOnlySpan<double> points, Span<double> mean, Span<double> variance)
    {
        var d = Dimensions;
        var (lanes, columns) = (new double[d * Cholesky.Lanes], new double[Count * Cholesky.Lanes]);
        Span<double> sums = stackalloc double[Cholesky.Lanes], squares = stackalloc double[Cholesky.Lanes];
        for (var block = 0; block < mean.Length; block += Cholesky.Lanes)
        {
            var size = Math.Min(Cholesky.Lanes, mean.Length - block);
            var here = points.Slice(block * d, size * d);
            Pack(here, lanes);
            Kernel.Evaluate(Points, lanes, columns);
            _factor.SolveLanes(columns);
            WeightedSums(columns, _solved, sums, squares);
            for (var lane = 0; lane < size; lane++)
            {
                mean[block + lane] = sums[lane];
                variance[block + lane] = Kernel.Variance(here.Slice(lane * d, d)) - squares[lane];
            }
        }
    }

    /// <summary>The mean alone at each of <paramref name="points"/>: k·K⁻¹y, without a triangle to solve per point.</summary>
    /// <inheritdoc cref="Predict"/>
    public void PredictMean(ReadOnlySpan<double> points, Span<double> mean)
    {
        var d = Dimensions;
        var weights = Weights();
        var (lanes, columns) = (new double[d * Cholesky.Lanes], new double[Count * Cholesky.Lanes]);
        Span<double> sums = stackalloc double[Cholesky.Lanes], squares = stackalloc double[Cholesky.Lanes];
        for (var block = 0; block < mean.Length; block += Cholesky.Lanes)
        {
            var size = Math.Min(Cholesky.Lanes, mean.Length - block);
            Pack(points.Slice(block * d, size * d), lanes);
            Kernel.Evaluate(Points, lanes, columns);
            WeightedSums(columns, weights, sums, squares);
            sums[..size].CopyTo(mean[block..]);
        }
    }

    public double[] Weights()
    {
        var weights = _solved.AsSpan(0, Count).ToArray();
        _factor.SolveTransposed(weights);
        return weights;
    }

    /// <summary>The lower triangle of K⁻¹ = L⁻ᵀ L⁻¹, by rows.</summary>
    public double[][] Inverse()
    {
        var n = Count;
        var columns = new double[n][];
        var lanes = new double[n * Cholesky.Lanes];
        for (var first = 0; first < n; first += Cholesky.Lanes)
        {
            Array.Clear(lanes);
            for (var i = first; i < Math.Min(first + Cholesky.Lanes, n); i++) lanes[(i * Cholesky.Lanes) + i - first] = 1;
            _factor.SolveLanes(lanes);
            for (var i = first; i < Math.Min(first + Cholesky.Lanes, n); i++)
            {
                columns[i] = new double[n];
                for (var j = i; j < n; j++) columns[i][j] = lanes[(j * Cholesky.Lanes) + i - first];
            }
        }
        var inverse = new double[n][];
        for (var i = 0; i < n; i++)
        {
            inverse[i] = new double[i + 1];
            // Column i of L⁻¹ begins at row i.
            for (var j = 0; j <= i; j++) inverse[i][j] = Cholesky.Dot(columns[i].AsSpan(i), columns[j].AsSpan(i));
        }
        return inverse;
    }

    /// <summary>A draw of the noise-free values at <paramref name="points"/>, from their joint distribution.</summary>
    /// <param name="points">(o, D), row-major</param>
    /// <param name="random">o normal numbers are taken from it, in order</param>
    /// <returns>o values</returns>
    public double[] Sample(ReadOnlySpan<double> points, KeyedRandom random)
    {
        var (d, n, o) = (Dimensions, Count, points.Length / Dimensions);
        var (lanes, columns, prior) = (new double[d * Cholesky.Lanes], new double[n * Cholesky.Lanes], new double[o * Cholesky.Lanes]);
        var (solved, posterior, values, normal) = (new double[o * n], new Cholesky(o), new double[o], new double[o]);
        for (var first = 0; first < o; first += Cholesky.Lanes)
        {
            var size = Math.Min(Cholesky.Lanes, o - first);
            Pack(points.Slice(first * d, size * d), lanes);
            Kernel.Evaluate(Points, lanes, columns);
            _factor.SolveLanes(columns);
            Kernel.Evaluate(points, lanes, prior);
            for (var i = first; i < first + size; i++)
            {
                var lane = i - first;
                var row = solved.AsSpan(i * n, n);
                for (var j = 0; j < n; j++) row[j] = columns[(j * Cholesky.Lanes) + lane];
                var covariances = new double[i + 1];
                for (var j = 0; j < i; j++)
                    covariances[j] = prior[(j * Cholesky.Lanes) + lane] - Cholesky.Dot(row, solved.AsSpan(j * n, n));
                var variance = Kernel.Variance(points.Slice(i * d, d)) - Cholesky.Dot(row, row);
                posterior.Append(covariances.AsSpan(0, i), Math.Max(variance, 0) + SampleJitter);
                normal[i] = random.NextGaussian();
                values[i] = Cholesky.Dot(row, _solved.AsSpan(0, n)) + Cholesky.Dot(posterior.Row(i), normal.AsSpan(0, i + 1));
            }
        }
        return values;
    }

    // The columns' sums weighted by row, and the sums of their squares.
    private static void WeightedSums(ReadOnlySpan<double> columns, ReadOnlySpan<double> weights, Span<double> sums, Span<double> squares)
    {
        var rows = MemoryMarshal.Cast<double, Vector256<double>>(columns);
        var (s0, s1, q0, q1) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
        for (var i = 0; i + 1 < rows.Length; i += 2)
        {
            var weight = Vector256.Create(weights[i / 2]);
            s0 = Vector256.FusedMultiplyAdd(weight, rows[i], s0);
            s1 = Vector256.FusedMultiplyAdd(weight, rows[i + 1], s1);
            q0 = Vector256.FusedMultiplyAdd(rows[i], rows[i], q0);
            q1 = Vector256.FusedMultiplyAdd(rows[i + 1], rows[i + 1], q1);
        }
        s0.CopyTo(sums);
        s1.CopyTo(sums[4..]);
        q0.CopyTo(squares);
        q1.CopyTo(squares[4..]);
    }

    // (size, D) to (D, Lanes); the lanes left over repeat the last point.
    private static void Pack(ReadOnlySpan<double> points, Span<double> lanes)
    {
        var d = lanes.Length / Cholesky.Lanes;
        for (var lane = 0; lane < Cholesky.Lanes; lane++)
        {
            var point = points.Slice(Math.Min(lane, (points.Length / d) - 1) * d, d);
            for (var k = 0; k < d; k++) lanes[(k * Cholesky.Lanes) + lane] = point[k];
        }
    }
}
