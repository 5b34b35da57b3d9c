using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;
using F = Sweeps.ModelCore.Kernels.Functions;

namespace Sweeps.ModelCore.Tests.Kernels;

public class FunctionsTests : TorchTest
{
    private readonly Tensor _a = torch.tensor(new double[] { 1.0, 2, 3, 4, 5, 6 }, [2, 3]);
    private readonly Tensor _b = torch.tensor(new double[] { 1.0, 0, 2, -1, 0, 3 }, [3, 2]);

    [Fact]
    public void Embedding_takes_rows()
        => Near([4, 5, 6, 1, 2, 3, 4, 5, 6], F.embedding(torch.tensor(new long[] { 1L, 0, 1 }), _a));

    [Fact]
    public void Added_embeddings_change_the_tensor_in_place()
    {
        var x = torch.ones([2, 3], ScalarType.Float64);
        Assert.Same(x, F.add_embedding_(x, torch.tensor(new long[] { 1, 1 }), _a));
        Near([5, 6, 7, 5, 6, 7], x);
    }

    [Fact]
    public void Cross_entropy_agrees_with_its_definition()
    {
        var sum = Math.Exp(-2) + Math.Exp(-1) + 1;
        double[] p = [Math.Exp(-2) / sum, Math.Exp(-1) / sum, 1 / sum];
        double[] losses = [-Math.Log(p[2]), -Math.Log(p[0])];
        Near([losses.Average()], F.cross_entropy(_a, torch.tensor(new long[] { 2, 0 })));
        Near([losses[0]], F.cross_entropy(_a, torch.tensor(new long[] { 2, -100 })));
    }

    [Fact]
    public void Norm_divides_by_the_root_mean_square()
    {
        var (gain, rms) = (torch.tensor(new double[] { 1, 2, 0.5 }), Math.Sqrt((1 + 4 + 9) / 3.0 + 0.25));
        var norm = F.rms_norm(_a.narrow(0, 0, 1), gain, 0.25);
        Near([1 / rms, 4 / rms, 1.5 / rms], norm);
        Assert.Throws<ArgumentException>(() => F.rms_norm(_a, torch.ones(2), 0.25));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Attention_is_that_of_its_definition(bool sink, bool positions)
    {
        using var generator = new torch.Generator(1);
        const int B = 2, T = 5, Heads = 3, Width = 4, D = Heads * Width;
        Tensor Normal(params long[] shape) => torch.randn(shape, ScalarType.Float64, generator: generator);
        var (q, k, v, sinks) = (Normal(B, T, D), Normal(B, T, D), Normal(B, T, D), Normal(Heads));
        long[] at = [3, 1];
        var queries = positions ? q.gather(1, torch.tensor(at).view(B, 1, 1).expand(B, 1, D)) : q;
        var found = F.causal_attention(queries, k, v, Heads, sink ? sinks : null, positions ? torch.tensor(at) : null);

        double[] qs = q.Values<double>(), ks = k.Values<double>(), vs = v.Values<double>(), ss = sinks.Values<double>();
        var expected = new List<double>();
        for (var b = 0; b < B; b++)
        {
            foreach (var t in positions ? [(int)at[b]] : Enumerable.Range(0, T))
            {
                for (var d = 0; d < D; d++)
                {
                    var h = d / Width;
                    int At(int s, int c) => (((b * T) + s) * D) + (h * Width) + c;
                    double Weight(int s) => Math.Exp(Enumerable.Range(0, Width).Sum(c => qs[At(t, c)] * ks[At(s, c)]) / Math.Sqrt(Width));
                    var weights = Enumerable.Range(0, t + 1).Select(Weight).ToList();
                    expected.Add(weights.Select((w, s) => w * vs[At(s, d % Width)]).Sum() / (weights.Sum() + (sink ? Math.Exp(ss[h]) : 0)));
                }
            }
        }
        Near([.. expected], found, 1e-12);
        Assert.Throws<ArgumentException>(() => F.causal_attention(q, k, v, 5));
    }

    [Fact]
    public void AbsTopK_keeps_the_largest_magnitudes_and_their_gradients()
    {
        var x = torch.tensor(new double[] { 1.0, -3, 2, 0.5, -4, 5 }, [2, 3], requires_grad: true);
        var y = F.abs_topk(x, 2);
        Near([0, -3, 2, 0, -4, 5], y);
        (y * y).sum().backward();
        Near([0, -6, 4, 0, -8, 10], x.grad!);
        Near(x.Values<double>(), F.abs_topk(x, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => F.abs_topk(x, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => F.abs_topk(x, 0));
    }

    [Fact]
    public void AbsTopK_keeps_exactly_k_among_ties_and_always_the_same()
    {
        var x = torch.ones(50, 40);
        var y = F.abs_topk(x, 7);
        Near([.. Enumerable.Repeat(7.0, 50)], y.sum(-1));
        Assert.True(y.IsSame(F.abs_topk(x.clone(), 7)));
    }

    [Fact]
    public void Heaviside_steps_forward_and_slopes_as_a_sigmoid_backward()
    {
        var tau = torch.tensor(new double[] { -1.0, 0, 0.25, 2 }, requires_grad: true);
        var gate = F.heaviside_sigmoid(tau, 0.5);
        Near([0, 0, 1, 1], gate);
        gate.backward([torch.tensor(new double[] { 1.0, 1, 1, 3 })]);
        double Slope(double t) => 1 / (1 + Math.Exp(-t / 0.5)) * (1 / (1 + Math.Exp(t / 0.5))) / 0.5;
        Near([Slope(-1), Slope(0), Slope(0.25), 3 * Slope(2)], tau.grad!);
        Assert.Throws<ArgumentOutOfRangeException>(() => F.heaviside_sigmoid(tau, 0));
    }
}
