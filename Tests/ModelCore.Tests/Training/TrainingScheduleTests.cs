using Sweeps.ModelCore.Training;

namespace Sweeps.ModelCore.Tests.Training;

public sealed class TrainingScheduleTests
{
    [Fact]
    public void L0_falls_linearly_from_dense_to_the_target_over_the_annealed_part()
    {
        var schedule = new TrainingSchedule(new TrainingOptions { Steps = 100, L0 = 0.2, L0AnnealFraction = 0.5 });
        Assert.Equal(1 - (0.8 / 50), schedule.L0(1), 12);
        Assert.Equal(0.6, schedule.L0(25), 12);
        Assert.Equal(0.2, schedule.L0(50));
        Assert.Equal(0.2, schedule.L0(100));
    }

    [Fact]
    public void Without_annealing_the_first_step_already_has_the_target() =>
        Assert.Equal(0.1, new TrainingSchedule(new TrainingOptions { Steps = 10, L0 = 0.1, L0AnnealFraction = 0 }).L0(1));

    [Fact]
    public void The_sharkfin_rises_to_the_peak_then_falls_linearly_times_one_over_the_root_of_L0()
    {
        var options = new TrainingOptions { Steps = 1000, PeakLr = 0.5, WarmupFraction = 0.01, L0 = 0.25, L0AnnealFraction = 0.5 };
        var schedule = new TrainingSchedule(options);
        var plain = new TrainingSchedule(options with { SharkfinLr = false });
        Assert.Equal(0.05, plain.LearningRate(1), 12);
        Assert.Equal(0.5, plain.LearningRate(10), 12);
        Assert.Equal(0.5, plain.LearningRate(11), 12);
        Assert.Equal(0.25, plain.LearningRate(506), 12);
        Assert.Equal(0.5 / 990, plain.LearningRate(1000), 12);
        Assert.Equal(plain.LearningRate(400) / Math.Sqrt(schedule.L0(400)), schedule.LearningRate(400), 12);
        // The fin: the rate peaks where L0 has just reached its target.
        Assert.Equal(500, Enumerable.Range(1, 1000).MaxBy(schedule.LearningRate));
    }

    [Fact]
    public void Every_rate_is_positive_and_finite_at_the_extremes_of_the_options()
    {
        foreach (var (steps, warmup, anneal) in new[] { (1, 0.0, 0.0), (1, 0.5, 1.0), (2, 0.99, 1.0), (3, 0.01, 0.5) })
        {
            var schedule = new TrainingSchedule(new TrainingOptions { Steps = steps, WarmupFraction = warmup, L0AnnealFraction = anneal, L0 = 0.01 });
            Assert.All(Enumerable.Range(1, steps), step => Assert.True(schedule.LearningRate(step) > 0 && double.IsFinite(schedule.LearningRate(step))));
            Assert.Equal(0.01, schedule.L0(steps));
        }
    }
}
