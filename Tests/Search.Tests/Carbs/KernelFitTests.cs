using MathNet.Numerics.LinearAlgebra;
using Sweeps.Search.Carbs;

namespace Sweeps.Search.Tests.Carbs;

public class KernelFitTests
{
    private static readonly KeyedRandom _random = new(1, "fit");
    private static readonly double[] _points = [.. Enumerable.Range(0, 40 * 3).Select(_ => _random.NextGaussian())];
    private static readonly double[] _targets = [.. Enumerable.Range(0, 40).Select(
        i => Math.Sin(3 * _points[i * 3]) + (0.5 * _points[(i * 3) + 1]) + (0.1 * _random.NextGaussian()))];

    [Fact]
    public void The_gradient_is_that_of_differences()
    {
        var fit = new KernelFit(_points, _targets, 3);
        var at = Vector<double>.Build.Dense([0.3, -0.2, -3, -0.5, 0.4, 1]);
        var (_, gradient) = fit.Objective(at);
        for (var i = 0; i < at.Count; i++)
        {
            var step = Vector<double>.Build.Dense(at.Count, j => i == j ? 1e-5 : 0);
            var difference = (fit.Objective(at + step).Value - fit.Objective(at - step).Value) / 2e-5;
            Assert.Equal(difference, gradient[i], 1e-6 * Math.Max(1, Math.Abs(difference)));
        }
    }

    [Fact]
    public void The_fit_is_better_than_its_start_and_finds_the_dimension_that_does_nothing()
    {
        var best = new KernelFit(_points, _targets, 3).Best();
        var start = new GaussianProcess(new CarbsKernel([1, 1, 1]), 0.05, 40);
        start.Add(_points, _targets);
        Assert.True(
            best.NegativeLogLikelihood < start.NegativeLogLikelihood - 5,
            $"{best.NegativeLogLikelihood} after {start.NegativeLogLikelihood}");
        Assert.True(best.Kernel.Lengths[2] > 3 * best.Kernel.Lengths[0], string.Join(" ", best.Kernel.Lengths.ToArray()));
    }
}
