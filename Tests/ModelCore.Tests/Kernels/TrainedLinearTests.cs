using Sweeps.ModelCore.Tests.Torch;
using Sweeps.ModelCore.Torch;
using static Sweeps.ModelCore.Torch.torch.nn.functional;

namespace Sweeps.ModelCore.Tests.Kernels;

public sealed class TrainedLinearTests : TorchTest
{
    private readonly torch.Generator _generator = new(11);

    public static TheoryData<string> Sets => Kernels.Sets;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Values_and_gradients_are_those_of_the_dense_product(string set)
    {
        using var _ = Kernels.Use(set);
        // Chunks have 48 tokens; blocks 256 rows and 8 vectors of columns.
        foreach (var (n, ins, outs, pieces) in new[] { (1, 1, 1, 1), (48, 128, 256, 1), (49, 129, 257, 1), (97, 33, 15, 3), (200, 140, 900, 3), (30, 300, 40, 2) })
        {
            foreach (var sparse in new bool?[] { null, true, false })
            {
                using var scope = torch.NewDisposeScope();
                var (x, weight, bias, slopes) = (Random(n, ins), Thin(0.1, outs, ins), Random(outs), Slopes(0.25, n, outs, pieces));
                var actual = Gradients(x, weight, bias, slopes, (a, w, b) => trained_linear(a, w, b, out var _, pieces, sparse));
                var expected = Gradients(x.@double(), weight.@double(), bias.@double(), [.. slopes.Select(s => s.@double())], (a, w, b) => Plain(a, w, b, pieces));
                for (var i = 0; i < expected.Count; i++)
                    Assert.True(actual[i].@double().allclose(expected[i], 1e-5, 2e-5), $"{i} of {n} × {ins} → {outs} in {pieces}, sparse {sparse}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Everything_has_the_same_bits_with_any_number_of_threads(string set)
    {
        using var _ = Kernels.Use(set);
        var (x, weight, bias, slopes) = (Random(3, 131, 150), Thin(0.05, 600, 150), Random(600), Slopes(0.25, 393, 600, 2));
        slopes = [.. slopes.Select(s => s.view(3, 131, 300))];
        var threads = torch.get_num_threads();
        try
        {
            IReadOnlyList<Tensor>? first = null;
            foreach (var n in new[] { 1, 2, 3 })
            {
                torch.set_num_threads(n);
                var results = Gradients(x, weight, bias, slopes, (a, w, b) => trained_linear(a, w, b, out var _, 2, sparse: true));
                first ??= results;
                Assert.All(first.Zip(results), pair => Assert.True(pair.First.equal(pair.Second), $"{n} threads"));
            }
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Rows_without_gradient_get_zeros(string set)
    {
        using var _ = Kernels.Use(set);
        var (x, weight, bias) = (Random(100, 20), Thin(0.3, 40, 20), Random(40));
        var slope = Thin(0.25, 100, 40);
        slope.narrow(1, 7, 3).zero_();
        slope.narrow(0, 48, 48).zero_(); // a whole chunk
        var gradients = Gradients(x, weight, bias, [slope], (a, w, b) => trained_linear(a, w, b, out var _, sparse: true));
        Assert.True(gradients[2].narrow(0, 7, 3).equal(torch.zeros(3, 20)));
        Assert.True(gradients[2].allclose(slope.t().matmul(x), 1e-5, 1e-5));
        var nothing = Gradients(x, weight, bias, [torch.zeros(100, 40)], (a, w, b) => trained_linear(a, w, b, out var _, sparse: true));
        Assert.All(nothing.Skip(1), gradient => Assert.Equal(0, gradient.count_nonzero().ToInt64()));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void NaN_and_infinity_reach_what_they_are_multiplied_with(string set)
    {
        using var _ = Kernels.Use(set);
        var (x, weight, bias, slope) = (torch.ones(50, 3), torch.ones(2, 3), torch.zeros(2), torch.zeros(50, 2));
        x.narrow(0, 49, 1).narrow(1, 1, 1).fill_(double.PositiveInfinity);
        slope.narrow(0, 49, 1).narrow(1, 0, 1).fill_(2);
        slope.narrow(0, 3, 1).narrow(1, 1, 1).fill_(double.NaN);
        var gradients = Gradients(x, weight, bias, [slope], (a, w, b) => trained_linear(a, w, b, out var _, sparse: true));
        Assert.Equal([2, float.PositiveInfinity, 2, float.NaN, float.NaN, float.NaN], gradients[2].data<float>());
        Assert.Equal([2, float.NaN], gradients[3].data<float>());
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Factors_of_the_weights_gradient_are_rounded_to_bfloat16_when_asked_for(string set)
    {
        using var _ = Kernels.Use(set);
        var (x, weight, bias, slopes) = (Random(70, 50), Thin(0.1, 60, 50), Random(60), Slopes(0.25, 70, 60, 1));
        var expected = Rounded(slopes[0]).t().matmul(Rounded(x));
        foreach (var sparse in new[] { true, false })
        {
            var gradients = Gradients(x, weight, bias, slopes, (a, w, b) => trained_linear(a, w, b, out var _, sparse: sparse, bfloat16: true));
            Assert.True(gradients[2].@double().allclose(expected, 1e-5, 1e-5));
            Assert.False(gradients[2].@double().allclose(slopes[0].@double().t().matmul(x.@double()), 1e-5, 1e-5));
        }

        static Tensor Rounded(Tensor t) => t.to(ScalarType.BFloat16).@double();
    }

    [Fact]
    public void Products_go_by_entries_where_these_are_few_unless_told_otherwise()
    {
        var (x, bias) = (Random(10, 64), Random(64));
        Assert.True(ByEntries(Thin(0.05, 64, 64), null));
        Assert.False(ByEntries(Random(64, 64), null));
        Assert.False(ByEntries(Thin(0.05, 64, 64), false));
        Assert.True(ByEntries(Random(64, 64), true));

        bool ByEntries(Tensor weight, bool? sparse)
        {
            trained_linear(x, weight, bias, out var by_entries, sparse: sparse);
            return by_entries;
        }
    }

    [Fact]
    public void A_piece_that_nobody_used_counts_as_zero()
    {
        var (x, weight, bias) = (Random(10, 8).requires_grad_(), Thin(0.5, 12, 8).requires_grad_(), Random(12).requires_grad_());
        trained_linear(x, weight, bias, out var _, pieces: 3)[1].sum().backward();
        Assert.Equal(0, weight.grad!.narrow(0, 0, 4).count_nonzero().ToInt64() + weight.grad!.narrow(0, 8, 4).count_nonzero().ToInt64());
        Near([0, 0, 0, 0, 10, 10, 10, 10, 0, 0, 0, 0], bias.grad!);
        Assert.True(x.grad!.allclose(weight.detach().narrow(0, 4, 4).sum(0).expand(10, 8), 1e-5, 1e-5));
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused_by_name()
    {
        Assert.Contains("width 4", Refusal(() => trained_linear(torch.ones(2, 3), torch.ones(6, 4), torch.ones(6), out var _)), StringComparison.Ordinal);
        Assert.Contains("bias of 6", Refusal(() => trained_linear(torch.ones(2, 4), torch.ones(6, 4), torch.ones(5), out var _)), StringComparison.Ordinal);
        Assert.Contains("4 equal pieces", Refusal(() => trained_linear(torch.ones(2, 4), torch.ones(6, 4), torch.ones(6), out var _, 4)), StringComparison.Ordinal);

        static string Refusal(Func<object> action) => Assert.Throws<TorchException>(action).Message;
    }

    private Tensor Random(params long[] shape) => torch.randn(shape, generator: _generator);

    private Tensor Thin(double density, params long[] shape) => Random(shape) * torch.rand(shape, generator: _generator).lt(density).to(ScalarType.Float32);

    private Tensor[] Slopes(double density, long n, long outs, int pieces) => [.. Enumerable.Range(0, pieces).Select(_ => Thin(density, n, outs / pieces))];

    private static Tensor[] Plain(Tensor x, Tensor weight, Tensor bias, int pieces)
    {
        var y = linear(x, weight, bias);
        var width = weight.size(0) / pieces;
        return [.. Enumerable.Range(0, pieces).Select(i => y.narrow(-1, i * width, width))];
    }

    /// <summary>The result, and the gradients of the input, the weight and the bias.</summary>
    private static IReadOnlyList<Tensor> Gradients(
        Tensor x, Tensor weight, Tensor bias, IReadOnlyList<Tensor> slopes, Func<Tensor, Tensor, Tensor, IReadOnlyList<Tensor>> map)
    {
        Tensor[] leaves = [x.detach().requires_grad_(), weight.detach().requires_grad_(), bias.detach().requires_grad_()];
        var y = map(leaves[0], leaves[1], leaves[2]);
        return [torch.cat([.. y], -1).detach(), .. torch.autograd.grad(y, leaves, [.. slopes]).Select(gradient => gradient!)];
    }
}
