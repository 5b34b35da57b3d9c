using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Tests.Pruning;

public class CalibrationTests
{
    private static TaskLogits Noisy(double scale, double shift, int count = 400)
    {
        // Answers drawn from the logistic model with the given scale and shift, so that the best fit is near them.
        var random = new KeyedRandom(1, "calibration");
        var difference = new float[count];
        var answerIsA = new bool[count];
        for (var i = 0; i < count; i++)
        {
            difference[i] = (float)random.NextGaussian();
            answerIsA[i] = random.NextDouble() < 1 / (1 + Math.Exp(-((scale * difference[i]) + shift)));
        }
        return new TaskLogits(difference, answerIsA);
    }

    private static TaskLogits Vocabulary()
    {
        var random = new KeyedRandom(2, "vocabulary");
        var logits = Enumerable.Range(0, 40 * 11).Select(_ => (float)random.NextGaussian()).ToArray();
        var a = Enumerable.Range(0, 40).Select(i => (long)(i % 5)).ToArray();
        var b = a.Select(t => t + 6).ToArray();
        return new TaskLogits(logits, a, b, [.. Enumerable.Range(0, 40).Select(i => i % 2 == 0)]);
    }

    public static TheoryData<bool> Kinds => [false, true];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Derivatives_agree_with_finite_differences(bool wholeVocabulary)
    {
        var logits = wholeVocabulary ? Vocabulary() : Noisy(2, 0.5);
        const double h = 1e-5;
        foreach (var (s, b) in new[] { (1.0, 0.0), (0.3, -2.0), (-1.5, 0.7) })
        {
            var (_, byScale, byShift) = logits.Loss(s, b);
            Assert.Equal((logits.Loss(s + h, b).Loss - logits.Loss(s - h, b).Loss) / (2 * h), byScale, 7);
            Assert.Equal((logits.Loss(s, b + h).Loss - logits.Loss(s, b - h).Loss) / (2 * h), byShift, 7);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_scale_is_never_negative_and_where_the_best_one_would_be_the_loss_is_that_of_the_best_shift_alone(bool wholeVocabulary)
    {
        var logits = wholeVocabulary ? Vocabulary() : Noisy(-2, 0.5);
        var fit = Calibration.Run(logits, 16);
        Assert.True(fit.Scale >= 0);
        var best = (from s in Enumerable.Range(0, 40)
                    from b in Enumerable.Range(-40, 81)
                    select logits.Loss(
                s / 20.0, b / 10.0).Loss).Min();
        Assert.True(fit.Loss <= best + 1e-9, $"{fit} against {best}");
        if (!wholeVocabulary) Assert.Equal(0, fit.Scale);
    }

    [Fact]
    public void A_vocabulary_of_the_two_candidates_gives_the_loss_over_the_two()
    {
        float[] rows = [1f, -0.5f, 0.25f, 3f];
        var two = new TaskLogits([1.5f, -2.75f], [true, true]);
        var all = new TaskLogits(rows, [0, 0], [1, 1], [true, true]);
        foreach (var (s, b) in new[] { (1.0, 0.0), (2.0, -1.0) })
        {
            var (x, y) = (two.Loss(s, b), all.Loss(s, b));
            Assert.Equal(x.Loss, y.Loss, 12);
            Assert.Equal(x.ByScale, y.ByScale, 12);
            Assert.Equal(x.ByShift, y.ByShift, 12);
        }
    }

    [Theory]
    [InlineData(3.0, 0.0)]
    [InlineData(0.2, -1.0)]
    [InlineData(0.05, 2.0)]
    public void Sixteen_steps_reach_the_minimum_that_a_grid_finds(double scale, double shift)
    {
        var logits = Noisy(scale, shift);
        var fit = Calibration.Run(logits, 16);
        var grid = double.PositiveInfinity;
        for (var s = fit.Scale - 1; s <= fit.Scale + 1; s += 0.05)
            for (var b = fit.Shift - 1; b <= fit.Shift + 1; b += 0.05)
                grid = Math.Min(grid, logits.Loss(s, b).Loss);
        var (_, byScale, byShift) = logits.Loss(fit.Scale, fit.Shift);
        Assert.True(fit.Loss <= grid + 1e-15, $"{fit.Loss - grid}"); // the grid meets the minimum, where rounding decides
        Assert.True(Math.Abs(byScale) < 1e-5 && Math.Abs(byShift) < 1e-5, $"gradient {byScale}, {byShift}");
    }

    [Fact]
    public void Logits_that_are_sure_and_wrong_are_calibrated_down_and_never_made_worse()
    {
        var random = new KeyedRandom(4, "calibration");
        var difference = Enumerable.Range(0, 100).Select(_ => (float)(random.NextGaussian() * 1e4)).ToArray();
        var answers = Enumerable.Range(0, 100).Select(_ => random.Next(2) == 0).ToArray();
        var logits = new TaskLogits(difference, answers);
        var fit = Calibration.Run(logits, 16);
        Assert.True(fit.Loss < 0.75, $"loss {fit.Loss}");
        Assert.True(fit.Loss <= logits.Loss(1, 0).Loss);
    }

    [Fact]
    public void Logits_that_never_vary_give_chance_and_logits_that_separate_give_nearly_nothing()
    {
        bool[] answers = [true, false, true, false];
        Assert.Equal(Math.Log(2), Calibration.Run(new TaskLogits([7, 7, 7, 7], answers), 16).Loss, 4);
        Assert.True(Calibration.Run(new TaskLogits([0.01f, -0.01f, 0.02f, -0.01f], answers), 16).Loss < 0.02);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.003)]
    public void Smoothing_bounds_what_logits_that_separate_are_scaled_to(double smoothing)
    {
        // All margins are alike, so that the fit can give every right answer exactly the probability 1 − s.
        var fit = Calibration.Run(new TaskLogits([0.02f, -0.02f, 0.02f, -0.02f], [true, false, true, false]), 64, smoothing);
        Assert.Equal(Math.Log((1 - smoothing) / smoothing) / 0.02, fit.Scale, 1e-3 * fit.Scale);
        Assert.Equal(0, fit.Shift, 6);
        Assert.Equal(-Math.Log(1 - smoothing), fit.Loss, 6);
    }

    [Fact]
    public void Smoothing_fits_the_soft_answers_by_which_a_grid_judges_and_gives_back_the_loss_of_the_hard_ones()
    {
        var logits = Noisy(3, 0.5);
        double Soft(double s, double b) => Enumerable.Range(0, logits.Difference.Length).Average(i =>
        {
            var margin = (logits.AnswerIsA[i] ? 1 : -1) * ((s * logits.Difference[i]) + b);
            return (0.95 * double.LogP1(Math.Exp(-margin))) + (0.05 * double.LogP1(Math.Exp(margin)));
        });
        var fit = Calibration.Run(logits, 32, 0.05);
        for (var s = fit.Scale - 1; s <= fit.Scale + 1; s += 0.25)
            for (var b = fit.Shift - 1; b <= fit.Shift + 1; b += 0.25)
                Assert.True(Soft(fit.Scale, fit.Shift) <= Soft(s, b) + 1e-12);
        Assert.Equal(logits.Loss(fit.Scale, fit.Shift).Loss, fit.Loss, 12);
        Assert.True(fit.Loss >= Calibration.Run(logits, 32).Loss);
    }

    [Fact]
    public void Accuracy_counts_right_answers_and_ties_by_half()
    {
        var logits = new TaskLogits([1, -1, 0, 2], [true, true, true, false]);
        Assert.Equal(0.375, logits.Accuracy(1, 0));
        Assert.Equal(0.75, logits.Accuracy(1, 1.5), 12);
        Assert.Equal(0.5, logits.Accuracy(0, 0));
    }
}
