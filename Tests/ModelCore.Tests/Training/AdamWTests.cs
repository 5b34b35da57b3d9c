using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Tests.Torch;
using Sweeps.ModelCore.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Training;

public class AdamWTests : TorchTest
{
    [Fact]
    public void AdamW_follows_the_textbook()
    {
        const double lr = 0.1, beta1 = 0.8, beta2 = 0.95, eps = 0.01, decay = 0.2;
        var p = torch.tensor(new double[] { 1.0, -2 }, requires_grad: true);
        using var adam = new AdamW([("p", p)], lr, beta1, beta2, eps, decay);
        double[] x = [1, -2], m = [0, 0], v = [0, 0];
        for (var t = 1; t <= 5; t++)
        {
            adam.ZeroGrad();
            (p * p * p).sum().backward();
            adam.Step();
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
        var p = torch.tensor(new float[] { 1f, -2, 0.3f }, requires_grad: true);
        using var adam = new AdamW([("p", p)], lr: 0.1);
        for (var i = 0; i < 3; i++) Step(adam, p);
        var q = p.detach().clone().requires_grad_();
        using var resumed = new AdamW([("p", q)], lr: 0.1);
        resumed.LoadStateDict(adam.StateDict().ToDictionary(pair => pair.Name, pair => pair.Tensor));
        for (var i = 0; i < 3; i++)
        {
            Step(adam, p);
            Step(resumed, q);
        }

        Assert.Equal(p.Values<float>(), q.Values<float>());

        static void Step(AdamW adam, Tensor p)
        {
            adam.ZeroGrad();
            p.exp().sum().backward();
            adam.Step();
        }
    }

    [Fact]
    public void AdamW_leaves_parameters_without_gradient_alone_and_refuses_bad_settings()
    {
        var p = torch.ones([2], requires_grad: true);
        using var adam = new AdamW([("p", p)]);
        adam.Step();
        Near([1, 1], p);
        adam.Lr = double.NaN;
        Assert.Throws<ArgumentOutOfRangeException>(adam.Step);
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdamW([("p", p)], beta1: 1));
        Assert.Throws<ArgumentException>(() => adam.LoadStateDict(new Dictionary<string, Tensor>()));
    }

    [Fact]
    public void All_gradients_are_scaled_by_their_common_norm()
    {
        var a = torch.zeros([1], requires_grad: true);
        var b = torch.zeros([1], requires_grad: true);
        a.grad = torch.tensor(new float[] { 3f });
        b.grad = torch.tensor(new float[] { 4f });
        Assert.Equal(5, GradientNorm.Of([a, b]), 6);
        GradientNorm.Scale([a, b], 1 / GradientNorm.Of([a, b]));
        Near([0.6], a.grad!);
        Near([0.8], b.grad!);
    }

    [Fact]
    public void Training_steps_leave_nothing_behind()
    {
        var weight = torch.zeros([8, 8], requires_grad: true);
        using var adam = new AdamW([("weight", weight)]);
        Step();
        var after = Tensor.TotalCount;
        for (var i = 0; i < 20; i++) Step();
        Assert.Equal(after, Tensor.TotalCount);

        void Step()
        {
            using var scope = torch.NewDisposeScope();
            var y = torch.nn.functional.linear(torch.ones(4, 8), weight);
            var gates = Functions.heaviside_sigmoid(y, 0.5);
            (Functions.abs_topk(y + 1, 3).square().mean() + gates.sum()).backward();
            GradientNorm.Scale([weight], 1 / GradientNorm.Of([weight]));
            adam.Step();
            adam.ZeroGrad();
        }
    }
}
