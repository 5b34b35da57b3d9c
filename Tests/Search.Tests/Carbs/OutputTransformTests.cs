using Sweeps.Search.Carbs;

namespace Sweeps.Search.Tests.Carbs;

public class OutputTransformTests
{
    private const double End = OutputTransform.ReferenceLimit;

    [Fact]
    public void Scores_are_those_of_scikit_learn()
    {
        var transform = new OutputTransform([0, 0, 0, 0, 0, 1, 2, 3, 4]);
        Assert.Equal(-End, transform.Score(0));
        Assert.Equal(.318639, transform.Score(1), 5e-7);
        Assert.Equal(.674490, transform.Score(2), 5e-7);
        Assert.Equal(1.150349, transform.Score(3), 5e-7);
        Assert.Equal(End, transform.Score(4));
        Assert.Equal(0, transform.Output(-1), 1e-12);
        Assert.Equal(0, transform.Output(0), 1e-12);
        Assert.Equal(2.730758, transform.Output(1), 5e-7);
    }

    [Fact]
    public void Fewer_than_four_outputs_are_extremes()
    {
        var transform = new OutputTransform([1, 2, 3]);
        Assert.Equal([-End, End, End], new double[] { 1, 2, 3 }.Select(transform.Score));
    }

    [Fact]
    public void Equal_outputs_are_all_at_the_low_end() => Assert.Equal(-End, new OutputTransform(Enumerable.Repeat(7.0, 20)).Score(7));

    [Theory]
    [InlineData(1024, 0)]
    [InlineData(1e-12, 0)]
    [InlineData(3, 7)]
    public void Scores_do_not_depend_on_the_outputs_unit(double factor, double offset)
    {
        var random = new KeyedRandom(1, "outputs");
        double[] outputs = [.. Enumerable.Range(0, 100).Select(_ => random.NextGaussian())];
        var (plain, other) = (new OutputTransform(outputs), new OutputTransform(outputs.Select(y => (factor * y) + offset)));
        Assert.All(outputs, y => Assert.Equal(plain.Score(y), other.Score((factor * y) + offset), 1e-9));
    }

    [Fact]
    public void Clipped_by_count_the_extremes_are_where_those_of_normal_numbers_are()
    {
        var transform = new OutputTransform(Enumerable.Range(0, 100).Select(i => (double)i), clipByCount: true);
        // Φ⁻¹(0.995)
        Assert.Equal(-2.5758293035489004, transform.Score(0), 1e-12);
        Assert.Equal(2.5758293035489004, transform.Score(99), 1e-12);
    }
}
