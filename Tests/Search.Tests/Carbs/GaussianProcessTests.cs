using Sweeps.Search.Carbs;

namespace Sweeps.Search.Tests.Carbs;

public class GaussianProcessTests
{
    private static readonly CarbsKernel _kernel2 = new([.3, .3]);

    [Fact]
    public void Mean_variance_and_likelihood_are_those_of_the_reference()
    {
        // From Pyro's GPRegression with the same kernel.
        var process = new GaussianProcess(_kernel2, 0.01, 4);
        process.Add([0, 0, .3, 0, 0, .6, -.3, .3], [0, 1, -1, .5]);
        var (mean, variance) = (new double[2], new double[2]);
        process.Predict([.1, .1, 1, 1], mean, variance);
        Assert.Equal(.23497053, mean[0], 5e-9);
        Assert.Equal(.27773333, variance[0], 5e-9);
        Assert.Equal(-.27016529, mean[1], 5e-9);
        Assert.Equal(2.59999976, variance[1], 5e-9);
        Assert.Equal(1.552487317877013, process.NegativeLogLikelihood, 1e-12);
    }

    [Fact]
    public void A_kernel_is_the_written_out_formula_in_every_lane()
    {
        var kernel = new CarbsKernel([.3, .5, .2], linear: 1.7, matern: 0.6);
        var (points, others) = (Points(67, 3, 1), Points(Cholesky.Lanes, 3, 2));
        var (lanes, covariances) = (new double[3 * Cholesky.Lanes], new double[67 * Cholesky.Lanes]);
        for (var i = 0; i < others.Length; i++) lanes[(i % 3 * Cholesky.Lanes) + (i / 3)] = others[i];
        kernel.Evaluate(points, lanes, covariances);
        for (var i = 0; i < 67; i++)
            for (var j = 0; j < Cholesky.Lanes; j++)
            {
                var (dot, square) = (0.0, 1e-12);
                for (var d = 0; d < 3; d++)
                {
                    var (x, y) = (points[(i * 3) + d], others[(j * 3) + d]);
                    dot += x * y;
                    square += Math.Pow((x - y) / kernel.Lengths[d], 2);
                }
                var t = Math.Sqrt(3 * square);
                Assert.Equal((1.7 * dot) + (0.6 * (1 + t) * Math.Exp(-t)), covariances[(i * Cholesky.Lanes) + j], 1e-14);
            }
    }

    [Fact]
    public void The_exponential_is_right_to_the_last_digits_over_its_whole_range()
    {
        for (var t = 0.0; t < 700; t = (t * 1.01) + 1e-4)
        {
            var expected = Math.Exp(-t);
            Assert.Equal(expected, CarbsKernel.ExpOfNegative(System.Runtime.Intrinsics.Vector256.Create(t))[0], 3e-16 * expected);
        }
        Assert.True(CarbsKernel.ExpOfNegative(System.Runtime.Intrinsics.Vector256.Create(1e300))[3] is > 0 and < 1e-300);
    }

    [Fact]
    public void A_factor_grows_and_solves_at_every_size_to_256()
    {
        // Points that nearly coincide: the noise alone keeps the covariance positive definite.
        var (points, targets) = (Points(256, 8, 3, spread: 1e-4), Points(256, 1, 4));
        var kernel = new CarbsKernel([.. Enumerable.Repeat(.3, 8)]);
        var process = new GaussianProcess(kernel, 0.01, 256);
        var (mean, variance) = (new double[1], new double[1]);
        for (var n = 1; n <= 256; n++)
        {
            process.Add(points.AsSpan((n - 1) * 8, 8), targets.AsSpan(n - 1, 1));
            process.Predict(points.AsSpan(0, 8), mean, variance);
            Assert.True(double.IsFinite(mean[0]) && variance[0] is > 0 and < 1.01 * (0.01 + 1e-4), $"n {n}: {variance[0]}");
        }
        Assert.Equal(256, process.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(61)]
    public void Points_added_later_give_the_same_bits_as_points_added_at_once(int cut)
    {
        var (points, targets, at) = (Points(100, 8, 5), Points(100, 1, 6), Points(37, 8, 7));
        var kernel = new CarbsKernel([.. Enumerable.Repeat(.3, 8)]);
        var (whole, parts) = (new GaussianProcess(kernel, 0.01, 100), new GaussianProcess(kernel, 0.01, 200));
        whole.Add(points, targets);
        parts.Add(points.AsSpan(0, cut * 8), targets.AsSpan(0, cut));
        parts.Add(points.AsSpan(cut * 8), targets.AsSpan(cut));
        var (expected, actual) = (Predict(whole, at), Predict(parts, at));
        Assert.Equal(expected.Mean, actual.Mean);
        Assert.Equal(expected.Variance, actual.Variance);
    }

    [Fact]
    public void Predictions_agree_with_a_plain_inverse()
    {
        var (points, targets, at) = (Points(50, 3, 8), Points(50, 1, 9), Points(21, 3, 10));
        var kernel = new CarbsKernel([.3, .4, .5], 0.9, 1.2);
        var process = new GaussianProcess(kernel, 0.02, 50);
        process.Add(points, targets);
        double K(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
        {
            var (dot, square) = (0.0, 1e-12);
            for (var d = 0; d < 3; d++) (dot, square) = (dot + (x[d] * y[d]), square + Math.Pow((x[d] - y[d]) / kernel.Lengths[d], 2));
            return (0.9 * dot) + (1.2 * (1 + Math.Sqrt(3 * square)) * Math.Exp(-Math.Sqrt(3 * square)));
        }
        var inverse = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build
            .Dense(50, 50, (i, j) => K(points.AsSpan(i * 3, 3), points.AsSpan(j * 3, 3)) + (i == j ? 0.02 + 1e-4 : 0)).Inverse();
        var y = MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(targets);
        var (mean, variance) = Predict(process, at);
        var meanAlone = new double[21];
        process.PredictMean(at, meanAlone);
        for (var m = 0; m < 21; m++)
        {
            var x = at.AsSpan(m * 3, 3).ToArray();
            var k = MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(50, i => K(points.AsSpan(i * 3, 3), x));
            Assert.Equal(k * inverse * y, mean[m], 1e-10);
            Assert.Equal(mean[m], meanAlone[m], 1e-10);
            Assert.Equal(K(x, x) - (k * inverse * k), variance[m], 1e-10);
        }
    }

    [Fact]
    public void A_point_that_was_added_is_known_but_for_the_noise()
    {
        var process = new GaussianProcess(_kernel2, 0.01, 11);
        process.Add(Points(10, 2, 11), Points(10, 1, 12));
        process.Add([2, 2], [1]);
        Assert.InRange(Predict(process, [2, 2]).Variance[0], 0, 0.01 + 1e-4);
    }

    [Fact]
    public void Draws_have_the_mean_and_the_covariance_of_the_process()
    {
        var process = new GaussianProcess(_kernel2, 0.01, 10);
        process.Add(Points(10, 2, 13), Points(10, 1, 14));
        // The first two nearly coincide, the third is the first again, the last is far away; more than one block of lanes.
        double[] at = [.1, .1, .11, .1, .1, .1, .4, -.2, 0, .5, .3, .3, .2, -.5, -.4, .1, 1.5, 1.5];
        var (mean, variance) = Predict(process, at);
        var random = new KeyedRandom(1, "draws");
        var draws = Enumerable.Range(0, 4000).Select(_ => process.Sample(at, random)).ToList();
        for (var i = 0; i < 9; i++)
        {
            var error = Math.Sqrt(variance[i] / draws.Count);
            Assert.Equal(mean[i], draws.Average(d => d[i]), 5 * error);
            Assert.Equal(variance[i], draws.Average(d => Math.Pow(d[i] - mean[i], 2)), 0.12 * variance[i]);
        }
        Assert.All(draws, d => Assert.Equal(d[0], d[2], 0.01));
        Assert.True(draws.Average(d => (d[0] - mean[0]) * (d[1] - mean[1])) > 0.9 * Math.Sqrt(variance[0] * variance[1]));
    }

    [Fact]
    public void Points_too_far_out_for_the_noise_to_count_are_an_error()
    {
        var process = new GaussianProcess(_kernel2, 0.01, 8);
        Assert.Throws<ArithmeticException>(() => process.Add([1e9, 0, 1e9, 0, 1e9, 1e-3, 3e9, 0, 3e9, 0], [0, 0, 0, 0, 0]));
    }

    private static (double[] Mean, double[] Variance) Predict(GaussianProcess process, double[] at)
    {
        var (mean, variance) = (new double[at.Length / process.Dimensions], new double[at.Length / process.Dimensions]);
        process.Predict(at, mean, variance);
        return (mean, variance);
    }

    private static double[] Points(int count, int dimensions, ulong seed, double spread = 0.5)
    {
        var random = new KeyedRandom(seed, "points");
        return [.. Enumerable.Range(0, count * dimensions).Select(_ => spread * random.NextGaussian())];
    }
}
