using Sweeps.ModelCore.Torch;
using F = Sweeps.ModelCore.Torch.torch.nn.functional;

namespace Sweeps.ModelCore.Tests.Torch;

public class NnTests : TorchTest
{
    private readonly Tensor _a = torch.tensor([1.0, 2, 3, 4, 5, 6], [2, 3]);
    private readonly Tensor _b = torch.tensor([1.0, 0, 2, -1, 0, 3], [3, 2]);

    [Fact]
    public void Products_of_matrices()
    {
        double[] product = [5, 7, 14, 13];
        Near(product, _a.matmul(_b));
        Near(product, _a.mm(_b));
        Near(product, torch.bmm(_a.unsqueeze(0), _b.unsqueeze(0)));
        Near(product, torch.einsum("ij,jk->ik", _a, _b));
        Near([11, 15, 29, 27], torch.addmm(torch.ones([2, 2], ScalarType.Float64), _a, _b, 1, 2));
        Near([11, 15, 29, 27], torch.baddbmm(torch.ones([1, 2, 2], ScalarType.Float64), _a.unsqueeze(0), _b.unsqueeze(0), 1, 2));
        Near([6, 8, 15, 14], F.linear(_a, _b.t(), torch.ones([2], ScalarType.Float64)));
        Near(product, F.linear(_a, _b.t()));
    }

    [Fact]
    public void Embedding_takes_rows()
        => Near([4, 5, 6, 1, 2, 3, 4, 5, 6], F.embedding(torch.tensor([1L, 0, 1]), _a));

    [Fact]
    public void Softmax_and_cross_entropy_agree_with_their_definitions()
    {
        var sum = Math.Exp(-2) + Math.Exp(-1) + 1;
        double[] p = [Math.Exp(-2) / sum, Math.Exp(-1) / sum, 1 / sum];
        Near([.. p, .. p], F.softmax(_a, -1));
        Near([.. p.Select(v => Math.Log(v)), .. p.Select(v => Math.Log(v))], F.log_softmax(_a, -1));
        var target = torch.tensor([2L, 0]);
        double[] losses = [-Math.Log(p[2]), -Math.Log(p[0])];
        Near([losses.Average()], F.cross_entropy(_a, target));
        Near(losses, F.cross_entropy(_a, target, reduction: torch.nn.Reduction.None));
        Near([losses.Sum()], F.nll_loss(F.log_softmax(_a, -1), target, reduction: torch.nn.Reduction.Sum));
        Near([losses[0]], F.cross_entropy(_a, torch.tensor([2L, -100])));
    }

    [Fact]
    public void AbsTopK_keeps_the_largest_magnitudes_and_their_gradients()
    {
        var x = torch.tensor([1.0, -3, 2, 0.5, -4, 5], [2, 3], requires_grad: true);
        var y = F.abs_topk(x, 2);
        Near([0, -3, 2, 0, -4, 5], y);
        (y * y).sum().backward();
        Near([0, -6, 4, 0, -8, 10], x.grad!);
        Near(x.data<double>(), F.abs_topk(x, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => F.abs_topk(x, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => F.abs_topk(x, 0));
    }

    [Fact]
    public void AbsTopK_keeps_exactly_k_among_ties_and_always_the_same()
    {
        var x = torch.ones(50, 40);
        var y = F.abs_topk(x, 7);
        Near([.. Enumerable.Repeat(7.0, 50)], y.sum(-1));
        Assert.True(y.equal(F.abs_topk(x.clone(), 7)));
    }

    [Fact]
    public void Heaviside_steps_forward_and_slopes_as_a_sigmoid_backward()
    {
        var tau = torch.tensor([-1.0, 0, 0.25, 2], requires_grad: true);
        var gate = F.heaviside_sigmoid(tau, 0.5);
        Near([0, 0, 1, 1], gate);
        gate.backward(torch.tensor([1.0, 1, 1, 3]));
        double Slope(double t) => 1 / (1 + Math.Exp(-t / 0.5)) * (1 / (1 + Math.Exp(t / 0.5))) / 0.5;
        Near([Slope(-1), Slope(0), Slope(0.25), 3 * Slope(2)], tau.grad!);
        Assert.Throws<ArgumentOutOfRangeException>(() => F.heaviside_sigmoid(tau, 0));
    }
}
