using Sweeps.Search.Carbs;

namespace Sweeps.Search.Tests.Carbs;

public class NormalDistributionTests
{
    // σ = 1, baseline 0, exploration bias 1: the reference's values.
    [Theory]
    [InlineData(0, .0833154706)]
    [InlineData(-5, 1.56356980e-10)]
    [InlineData(-20, 1.55455803e-99)]
    public void Expected_improvement_is_that_of_the_reference(double mean, double expected) =>
        Assert.Equal(Math.Log(expected), NormalDistribution.LogImprovement(mean - 1), 5e-9);

    [Theory]
    [InlineData(-1)]
    [InlineData(-50)]
    public void The_forms_of_expected_improvement_meet(double z) =>
        Assert.Equal(NormalDistribution.LogImprovement(z), NormalDistribution.LogImprovement(z + (1e-12 * Math.Abs(z))), 1e-8);

    [Fact]
    public void Expected_improvement_rises_and_is_finite_everywhere()
    {
        var last = double.NegativeInfinity;
        for (var z = -1e4; z < 1e4; z += z is > -60 and < 60 ? 0.01 : 10)
        {
            var value = NormalDistribution.LogImprovement(z);
            Assert.True(double.IsFinite(value) && value > last, $"z {z}: {value} after {last}");
            last = value;
        }
    }

    // From the series in 80 digits.
    [Theory]
    [InlineData(0, 0.5, -0.6931471805599453)]
    [InlineData(-1, 0.15865525393145707, -1.8410216450092636)]
    [InlineData(1.96, 0.9750021048517795, -0.02531564916428211)]
    [InlineData(-5, 2.866515718791939e-07, -15.064998393988725)]
    public void Probabilities_are_those_of_the_tables(double x, double p, double log)
    {
        Assert.Equal(p, NormalDistribution.Cdf(x), 1e-15);
        Assert.Equal(log, NormalDistribution.LogCdf(x), 1e-12);
        Assert.Equal(x, NormalDistribution.InverseCdf(p), 1e-9);
    }

    [Theory]
    [InlineData(-40, -804.6084420137538)]
    [InlineData(-1e4, -50000010.12927892)]
    public void Logarithms_of_tiny_probabilities_are_finite(double x, double log) =>
        Assert.Equal(log, NormalDistribution.LogCdf(x), 1e-14 * Math.Abs(log));

    [Theory]
    [InlineData(0.5, 0.6156903441929258)]
    [InlineData(7.999, 0.0699937837619933)]
    [InlineData(8, 0.06998516620088092)]
    [InlineData(30, 0.01879588886141675)]
    public void Scaled_complements_are_those_of_the_tables(double x, double expected) =>
        Assert.Equal(expected, NormalDistribution.ScaledErfc(x), 1e-13 * expected);

    [Fact]
    public void The_ends_of_probability_are_infinite()
    {
        Assert.Equal(double.NegativeInfinity, NormalDistribution.InverseCdf(0));
        Assert.Equal(double.PositiveInfinity, NormalDistribution.InverseCdf(1));
    }
}
