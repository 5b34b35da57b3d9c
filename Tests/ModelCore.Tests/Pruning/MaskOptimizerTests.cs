using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Tests.Pruning;

public class MaskOptimizerTests
{
    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(0.3, 0.1)]
    [InlineData(-0.7, 0.5)]
    [InlineData(1.0, 10.0)]
    public void The_gradient_of_a_gate_is_that_of_the_sigmoid_that_smooths_it(double tau, double temperature)
    {
        const double h = 1e-5;
        double Sigmoid(double t) => 1 / (1 + Math.Exp(-t / temperature));
        var difference = (Sigmoid(tau + h) - Sigmoid(tau - h)) / (2 * h);
        Assert.Equal(difference, NodeGate.Derivative(tau, temperature), 8);
    }

    [Fact]
    public void The_gradient_of_a_gate_is_finite_at_the_extremes()
    {
        Assert.Equal(0, NodeGate.Derivative(1, 1e-6));
        Assert.Equal(0, NodeGate.Derivative(-1, 1e-6));
        Assert.Equal(2.5e5, NodeGate.Derivative(0, 1e-6), 3);
    }

    [Fact]
    public void Initial_masks_have_the_mean_and_spread_that_were_asked_for_and_stay_in_range()
    {
        var hyper = new PruningHyperparameters { InitNoiseScale = 0.05, InitNoiseBias = 0.2 };
        var tau = MaskOptimizer.Initial(20_000, hyper, seed: 3);
        var mean = tau.Average();
        Assert.Equal(0.2, mean, 2);
        Assert.Equal(0.05, Math.Sqrt(tau.Average(t => (t - mean) * (t - mean))), 2);
        Assert.All(MaskOptimizer.Initial(1000, hyper with { InitNoiseScale = 5 }, 3), t => Assert.InRange(t, -1f, 1f));
        Assert.Equal(tau, MaskOptimizer.Initial(20_000, hyper, seed: 3));
        Assert.NotEqual(tau, MaskOptimizer.Initial(20_000, hyper, seed: 4));
    }

    [Fact]
    public void The_learning_rate_rises_over_the_warm_up_then_falls_to_nothing()
    {
        var hyper = new PruningHyperparameters { Lr = 1, LrWarmupFrac = 0.1 };
        var rates = Enumerable.Range(0, 100).Select(step => MaskOptimizer.LearningRate(step, 100, hyper)).ToArray();
        Assert.Equal(0.1, rates[0], 12);
        Assert.Equal(1, rates[9], 12);
        Assert.Equal(1, rates[10], 12);
        Assert.Equal(1 / 90.0, rates[99], 12);
        Assert.All(rates.Skip(11).Zip(rates.Skip(10)), r => Assert.True(r.First < r.Second));
        Assert.Equal(1, MaskOptimizer.LearningRate(0, 100, hyper with { LrWarmupFrac = 0 }), 12);
    }

    [Fact]
    public void Steps_follow_AdamW_worked_by_hand()
    {
        // One parameter, gradient g by the gate: PyTorch's AdamW with lr·wd decay before the step.
        var options = new PruningOptions { Steps = 10, ClipNorm = 1e9 };
        var hyper = new PruningHyperparameters
        {
            KCoef = 0.5,
            Lr = 0.1,
            WeightDecay = 0.2,
            InvBeta2 = 0.05,
            LrWarmupFrac = 0,
            HeavisideTemp = 1,
        };
        var optimizer = new MaskOptimizer(options, hyper, MaskState.Initial([0.4f]));
        double tau = 0.4f, m = 0, v = 0;
        for (var step = 0; step < 3; step++)
        {
            float byGate = 0.3f - step;
            optimizer.Step(step, [byGate]);
            var s = 1 / (1 + Math.Exp(-tau));
            var g = (byGate + 0.5) * s * (1 - s);
            var lr = 0.1 * (10 - step) / 10;
            m = (0.9 * m) + (0.1 * g);
            v = (0.95 * v) + (0.05 * g * g);
            tau = (tau * (1 - (lr * 0.2))) - (lr * (m / (1 - Math.Pow(0.9, step + 1))) / (Math.Sqrt(
                v / (1 - Math.Pow(0.95, step + 1))) + 1e-8));
            Assert.Equal(tau, optimizer.Tau[0], 6);
        }
    }

    [Fact]
    public void A_gradient_above_the_bound_is_scaled_to_it_and_masks_stay_in_range()
    {
        var options = new PruningOptions { Steps = 1, ClipNorm = 1e-3 };
        var optimizer = new MaskOptimizer(options, new PruningHyperparameters { KCoef = 0, Lr = 100 }, MaskState.Initial([0f, 0f]));
        var norm = optimizer.Step(0, [4f, -4f]);
        Assert.Equal(Math.Sqrt(2), norm, 6);
        Assert.Equal(1e-4 / Math.Sqrt(2), optimizer.M[0], 6); // (1 − β1) · clipped gradient
        Assert.Equal([-1f, 1f], optimizer.Tau);
    }

    [Fact]
    public void A_gradient_that_is_not_a_number_changes_nothing_and_is_told()
    {
        var optimizer = new MaskOptimizer(new PruningOptions(), new PruningHyperparameters(), MaskState.Initial([0.5f]));
        Assert.False(double.IsFinite(optimizer.Step(0, [float.NaN])));
        Assert.Equal([0.5f], optimizer.Tau);
        Assert.Equal([0f], optimizer.M);
    }

    [Fact]
    public void Ranking_goes_by_mask_then_by_place()
    {
        var order = NodeRanking.Order([0.5f, -1f, 1f, 0.5f, 1f]);
        Assert.Equal([2, 4, 0, 3, 1], order);
        Assert.Equal([true, false, true, false, true], NodeRanking.Top(order, 3));
        Assert.DoesNotContain(true, NodeRanking.Top(order, 0));
        Assert.DoesNotContain(false, NodeRanking.Top(order, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => NodeRanking.Top(order, 6));
    }
}
