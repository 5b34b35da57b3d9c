using Sweeps.Orchestrator.Reports.Statistics;

namespace Sweeps.Orchestrator.Tests.Reports.Statistics;

/// <summary>Ratios and their intervals, against values computed by hand.</summary>
public class PairedRatioTests
{
    private static KeyedRandom Random(ulong seed = 1) => new(seed, "test");

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.25, 1.75)]
    [InlineData(0.5, 2.5)]
    [InlineData(1, 4)]
    public void A_quantile_lies_between_order_statistics(double fraction, double expected)
    {
        Assert.Equal(expected, Quantile.Of([1, 2, 3, 4], fraction), 12);
        Assert.Equal(7, Quantile.Of([7], fraction));
    }

    [Fact]
    public void Sizes_are_interpolated_in_their_logarithm()
    {
        Assert.Equal(2, LogInterpolation.At(0.25, (0, 1), (1, 16)), 12);
        Assert.Equal(2, LogInterpolation.At(0.25, (1, 16), (0, 1)), 12);
        Assert.Equal(16, LogInterpolation.At(1, (0, 1), (1, 16)), 12);
        Assert.Equal(5, LogInterpolation.At(2.5, (2.5, 5), (2.5, 5)));
    }

    [Fact]
    public void The_ratio_is_the_geometric_mean_over_tasks_of_each_task_s_mean()
    {
        // Task a: 2 and 8 times as many, 4 in the mean; task b: as many.
        var ratio = PairedRatio.Of([new("a", 0, 10, 20), new("a", 1, 10, 80), new("b", 0, 40, 40)], Random())!;
        Assert.Equal((2, 20, 40, 2), (ratio.Tasks, Math.Round(ratio.Size, 9), Math.Round(ratio.Other, 9), Math.Round(ratio.Ratio, 9)));
        Assert.Null(PairedRatio.Of([], Random()));
    }

    [Fact]
    public void Of_two_tasks_the_interval_goes_from_the_one_to_the_other()
    {
        // Both draws are the same task in a quarter of the samples each: far more than the tails.
        var interval = PairedRatio.Of([new("a", 0, 1, 1), new("b", 0, 1, 4)], Random())!.Interval!.Value;
        Assert.Equal((1, 4), (Math.Round(interval.Low, 9), Math.Round(interval.High, 9)));
    }

    [Fact]
    public void Replicas_are_drawn_for_all_tasks_at_once()
    {
        // What differs is the replica alone: were it drawn for each task by itself, the mean of fifty tasks would hardly leave the middle.
        SizePair[] pairs = [.. Enumerable.Range(0, 50).SelectMany(t => new SizePair[] { new($"t{t}", 0, 1, 1), new($"t{t}", 1, 1, 4) })];
        var interval = PairedRatio.Of(pairs, Random())!.Interval!.Value;
        Assert.Equal((1, 4), (Math.Round(interval.Low, 9), Math.Round(interval.High, 9)));
    }

    [Fact]
    public void Of_many_tasks_the_interval_is_that_of_the_normal_distribution()
    {
        // A hundred logarithms, half 0 and half 1: their mean has a standard error of 0.05.
        SizePair[] pairs = [.. Enumerable.Range(0, 100).Select(t => new SizePair($"t{t}", 0, 1, t % 2 == 0 ? 1 : Math.E))];
        var (low, high) = RatioBootstrap.Interval(pairs, Random())!.Value;
        Assert.InRange(low, 0.5 - 0.098 - 0.015, 0.5 - 0.098 + 0.015);
        Assert.InRange(high, 0.5 + 0.098 - 0.015, 0.5 + 0.098 + 0.015);
    }

    [Fact]
    public void One_task_in_one_replica_has_no_interval_and_equal_ratios_have_one_of_no_width()
    {
        Assert.Null(PairedRatio.Of([new("a", 0, 1, 3)], Random())!.Interval);
        var same = PairedRatio.Of([new("a", 0, 1, 3), new("b", 0, 2, 6), new("c", 0, 5, 15)], Random())!.Interval!.Value;
        Assert.Equal((3, 3), (Math.Round(same.Low, 9), Math.Round(same.High, 9)));
    }

    [Fact]
    public void Tasks_that_are_not_in_every_replica_are_drawn_where_they_are()
    {
        var interval = PairedRatio.Of([new("a", 0, 1, 2), new("b", 1, 1, 2)], Random())!.Interval!.Value;
        Assert.Equal((2, 2), (Math.Round(interval.Low, 9), Math.Round(interval.High, 9)));
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval()
    {
        SizePair[] pairs = [.. Enumerable.Range(1, 9).Select(t => new SizePair($"t{t}", 0, 1, t))];
        Assert.Equal(RatioBootstrap.Interval(pairs, Random()), RatioBootstrap.Interval(pairs, Random()));
        Assert.NotEqual(RatioBootstrap.Interval(pairs, Random()), RatioBootstrap.Interval(pairs, Random(2)));
    }
}
