using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;

namespace Sweeps.ModelCore.Tests.Training;

/// <summary>The schedule against the formulas of the authors' train.py, written out here as they stand there, with p = L0 · EF².</summary>
public sealed class TrainingScheduleTests
{
    private const double Expansion = 4;

    private static readonly TrainingOptions s_script = new() { Steps = 1000, L0 = 0.25 / 16, EmbeddingL0 = 0.25 / 4 };

    [Fact]
    public void L0_falls_linearly_from_dense_to_the_target_between_one_and_fifty_percent_of_the_steps()
    {
        var schedule = new TrainingSchedule(s_script);
        for (var step = 1; step <= 1000; step++) Assert.Equal(LinearP(step) / (Expansion * Expansion), schedule.L0(step), 12);
        Assert.Equal(1, schedule.L0(10));
        Assert.Equal(s_script.L0, schedule.L0(500));
    }

    [Fact]
    public void The_power_law_is_the_straight_line_between_logarithms()
    {
        var schedule = new TrainingSchedule(s_script with { L0Anneal = L0Anneal.Power });
        for (var step = 1; step <= 1000; step++)
        {
            var (p0, p1) = (Expansion * Expansion, 0.25);
            var slope = (Math.Log10(p1) - Math.Log10(p0)) / (Math.Log10(500) - Math.Log10(10));
            var p = step < 10 ? p0 : step > 500 ? p1 : Math.Pow(10, (slope * (Math.Log10(step) - Math.Log10(10))) + Math.Log10(p0));
            Assert.Equal(p / (Expansion * Expansion), schedule.L0(step), 12);
        }
    }

    [Fact]
    public void The_exponential_removes_the_same_share_in_every_step()
    {
        var schedule = new TrainingSchedule(s_script with { L0Anneal = L0Anneal.Exponential, L0AnnealInitial = 0.25 });
        Assert.Equal(0.25, schedule.L0(10));
        Assert.Equal(s_script.L0, schedule.L0(500));
        var share = schedule.L0(11) / schedule.L0(10);
        for (var step = 11; step < 500; step++) Assert.Equal(share, schedule.L0(step + 1) / schedule.L0(step), 12);
    }

    [Fact]
    public void Embeddings_go_from_dense_to_their_own_target_linearly_in_the_matrices_and_positions_and_biases_stay_dense()
    {
        var schedule = new TrainingSchedule(s_script);
        for (var step = 1; step <= 1000; step++)
        {
            var share = (LinearP(step) - 0.25) / ((Expansion * Expansion) - 0.25);
            Assert.Equal((0.25 + ((Expansion - 0.25) * share)) / Expansion, schedule.L0(step, ParameterKind.Embedding), 12);
            Assert.Equal(schedule.L0(step), schedule.L0(step, ParameterKind.OutputProjection));
            Assert.Equal(1, schedule.L0(step, ParameterKind.PositionEmbedding));
            Assert.Equal(1, schedule.L0(step, ParameterKind.Bias));
            Assert.Equal(1, schedule.L0(step, ParameterKind.BigramTable));
        }
    }

    [Fact]
    public void Biases_follow_the_matrices_and_positions_the_embeddings_where_they_are_to_be_sparse()
    {
        var schedule = new TrainingSchedule(s_script with { SparseBiases = true, SparsePositions = true });
        Assert.Equal(schedule.L0(200), schedule.L0(200, ParameterKind.Bias));
        Assert.Equal(schedule.L0(200, ParameterKind.Embedding), schedule.L0(200, ParameterKind.PositionEmbedding));
    }

    [Fact]
    public void Without_a_value_of_their_own_embeddings_have_the_root_of_the_matrices_L0_and_dense_models_dense_ones()
    {
        Assert.Equal(0.25, new TrainingSchedule(new TrainingOptions { L0 = 1.0 / 16 }).L0(10_000, ParameterKind.Embedding));
        Assert.Equal(1, new TrainingSchedule(new TrainingOptions { L0 = 1 }).L0(10_000, ParameterKind.Embedding));
    }

    [Fact]
    public void Without_annealing_the_first_step_already_has_the_target() =>
        Assert.Equal(0.1, new TrainingSchedule(new TrainingOptions { Steps = 10, L0 = 0.1, L0AnnealFraction = 0 }).L0(1));

    [Fact]
    public void The_rate_rises_to_the_peak_and_falls_linearly_times_the_root_of_the_target_over_L0()
    {
        // The script counts steps from 0, and its first one has rate 0; here the rise is that of the step after, so that no step is lost.
        var schedule = new TrainingSchedule(s_script);
        for (var step = 1; step <= 1000; step++)
        {
            var warmup = 10;
            var rate = step <= warmup ? 1.28e-2 * step / warmup : 1.28e-2 * Math.Min(1, 1 - ((step - 1.0 - warmup) / (1000 - warmup)));
            Assert.Equal(rate * Math.Sqrt(0.25 / LinearP(step)), schedule.LearningRate(step), 12);
        }
    }

    [Fact]
    public void The_peak_may_be_that_of_a_dense_model_or_of_all_steps()
    {
        var (target, dense, none) = (Of(L0LrScale.Target), Of(L0LrScale.Dense), Of(L0LrScale.None));
        Assert.Equal(none.LearningRate(400) / Math.Sqrt(none.L0(400)), dense.LearningRate(400), 12);
        Assert.Equal(none.LearningRate(400) * Math.Sqrt(s_script.L0 / none.L0(400)), target.LearningRate(400), 12);
        // The fin: the rate peaks where L0 has just reached its target.
        Assert.Equal(500, Enumerable.Range(1, 1000).MaxBy(target.LearningRate));

        static TrainingSchedule Of(L0LrScale scale) => new(s_script with { L0LrScale = scale });
    }

    [Fact]
    public void Every_rate_is_positive_and_finite_at_the_extremes_of_the_options()
    {
        foreach (var anneal in Enum.GetValues<L0Anneal>())
        {
            foreach (var (steps, warmup, start, stop) in new[] { (1, 0.0, 0.0, 0.0), (1, 0.5, 0.5, 1.0), (2, 0.99, 1.0, 1.0),
                (3, 0.01, 0.01, 0.5), (50, 0.1, 0.6, 0.3) })
            {
                var schedule = new TrainingSchedule(new TrainingOptions
                {
                    Steps = steps,
                    WarmupFraction = warmup,
                    L0AnnealStart = start,
                    L0AnnealFraction = stop,
                    L0Anneal = anneal,
                    L0AnnealInitial = 0.005,
                    L0 = 0.01,
                });
                Assert.All(
                    Enumerable.Range(1, steps),
                    step => Assert.True(schedule.LearningRate(step) > 0 && double.IsFinite(schedule.LearningRate(step))));
                Assert.All(Enumerable.Range(1, steps), step => Assert.Equal(0.01, schedule.L0(step), 12));
            }
        }
    }

    // _sched_fn of train.py with exponent 1.
    private static double LinearP(int step) =>
        (Expansion * Expansion) + ((0.25 - (Expansion * Expansion)) * Math.Min(1, Math.Max(0, (step - 10.0) / (500 - 10))));
}
