using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Tests.Torch;

public class OptimTests : TorchTest
{
    [Fact]
    public void AdamW_follows_the_textbook()
    {
        const double lr = 0.1, beta1 = 0.8, beta2 = 0.95, eps = 0.01, decay = 0.2;
        var p = torch.tensor([1.0, -2], requires_grad: true);
        using var adam = new torch.optim.AdamW([("p", p)], lr, beta1, beta2, eps, decay);
        double[] x = [1, -2], m = [0, 0], v = [0, 0];
        for (var t = 1; t <= 5; t++)
        {
            adam.zero_grad();
            (p * p * p).sum().backward();
            adam.step();
            for (var i = 0; i < 2; i++)
            {
                var g = 3 * x[i] * x[i];
                m[i] = beta1 * m[i] + (1 - beta1) * g;
                v[i] = beta2 * v[i] + (1 - beta2) * g * g;
                var mHat = m[i] / (1 - Math.Pow(beta1, t));
                var vHat = v[i] / (1 - Math.Pow(beta2, t));
                x[i] = x[i] - lr * decay * x[i] - lr * mHat / (Math.Sqrt(vHat) + eps);
            }

            Near(x, p, 1e-12);
        }
    }

    [Fact]
    public void AdamW_resumed_from_its_state_goes_on_to_the_bit()
    {
        var p = torch.tensor([1f, -2, 0.3f], requires_grad: true);
        using var adam = new torch.optim.AdamW([("p", p)], lr: 0.1);
        for (var i = 0; i < 3; i++) Step(adam, p);
        var q = p.detach().clone().requires_grad_();
        using var resumed = new torch.optim.AdamW([("p", q)], lr: 0.1);
        resumed.load_state_dict(adam.state_dict().ToDictionary(pair => pair.Name, pair => pair.Tensor));
        for (var i = 0; i < 3; i++)
        {
            Step(adam, p);
            Step(resumed, q);
        }

        Assert.Equal(p.data<float>(), q.data<float>());

        static void Step(torch.optim.AdamW adam, Tensor p)
        {
            adam.zero_grad();
            p.exp().sum().backward();
            adam.step();
        }
    }

    [Fact]
    public void AdamW_leaves_parameters_without_gradient_alone_and_refuses_bad_settings()
    {
        var p = torch.ones([2], requires_grad: true);
        using var adam = new torch.optim.AdamW([("p", p)]);
        adam.step();
        Near([1, 1], p);
        adam.lr = double.NaN;
        Assert.Throws<ArgumentOutOfRangeException>(adam.step);
        Assert.Throws<ArgumentOutOfRangeException>(() => new torch.optim.AdamW([("p", p)], beta1: 1));
        Assert.Throws<ArgumentException>(() => adam.load_state_dict(new Dictionary<string, Tensor>()));
    }

    [Fact]
    public void Clipping_scales_all_gradients_by_their_common_norm()
    {
        var a = torch.zeros([1], requires_grad: true);
        var b = torch.zeros([1], requires_grad: true);
        a.grad = torch.tensor([3f]);
        b.grad = torch.tensor([4f]);
        Assert.Equal(5, torch.nn.utils.clip_grad_norm_([a, b], 10), 6);
        Near([3], a.grad!);
        Assert.Equal(5, torch.nn.utils.clip_grad_norm_([a, b], 1), 6);
        Near([0.6], a.grad!);
        Near([0.8], b.grad!);
    }

    [Fact]
    public void LBFGS_finds_the_minimum_of_Rosenbrock()
    {
        var x = torch.tensor([-1.2, 1], requires_grad: true);
        var result = new torch.optim.LBFGS([x], max_iter: 100).step(() => 100 * (x[1] - x[0] * x[0]).square() + (1 - x[0]).square());
        Near([1, 1], x, 1e-6);
        Assert.True(result.Value < 1e-12);
        Assert.True(result.Evaluations < 100, $"{result.Evaluations} evaluations");
        Assert.Contains(result.Stop, new[] { LbfgsStop.Gradient, LbfgsStop.Change });
    }

    [Fact]
    public void LBFGS_solves_a_quadratic_over_several_tensors_of_single_precision()
    {
        var scale = torch.ones([1], requires_grad: true);
        var shift = torch.zeros([2], requires_grad: true);
        var target = torch.tensor([3f, -1]);
        var result = new torch.optim.LBFGS([scale, shift], max_iter: 16)
            .step(() => 50 * (scale - 2).square().sum() + (shift - target).square().sum() + 1);
        Near([2], scale, 1e-4);
        Near([3, -1], shift, 1e-3);
        Assert.Equal(1, result.Value, 5);
    }

    [Fact]
    public void LBFGS_backs_off_from_values_that_are_not_finite_and_says_where_it_cannot_start()
    {
        // log is undefined left of 0, where the first long step from 3 leads.
        var x = torch.tensor([3.0], requires_grad: true);
        new torch.optim.LBFGS([x], max_iter: 50).step(() => 40 * x - 4 * x.log());
        Near([0.1], x, 1e-6);
        x = torch.tensor([-1.0], requires_grad: true);
        Assert.Equal(LbfgsStop.NotFinite, new torch.optim.LBFGS([x]).step(() => x.log()).Stop);
    }
}
