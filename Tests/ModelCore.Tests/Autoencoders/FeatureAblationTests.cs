using Sweeps.ModelCore.Autoencoders;

namespace Sweeps.ModelCore.Tests.Autoencoders;

public class FeatureAblationTests
{
    [Fact]
    public void Features_are_counted_by_powers_of_two_up_to_all()
    {
        Assert.Equal([0, 1, 2, 4, 5], FeatureAblation.Counts(5));
        Assert.Equal([0, 1, 2, 4, 8], FeatureAblation.Counts(8));
        Assert.Equal([0, 1], FeatureAblation.Counts(1));
    }

    [Fact]
    public void The_area_is_the_mean_height_over_the_logarithm_of_the_number()
    {
        // log2(1 + n) is 0, 1, 2; heights 4, 2, 0 of 4.
        Assert.Equal(0.5, FeatureAblation.Area([Point(0, 4), Point(1, 2), Point(3, 0)]), 1e-12);
        Assert.Equal(1, FeatureAblation.Area([Point(0, 4), Point(7, 4)]), 1e-12);
        Assert.Equal(0, FeatureAblation.Area([Point(0, 0), Point(1, 0)]));
    }

    private static FeatureAblationPoint Point(int patched, double divergence) => new(patched, divergence, 0, 0);
}
