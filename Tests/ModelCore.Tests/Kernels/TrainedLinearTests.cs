using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

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
        foreach (var (n, ins, outs, pieces) in new[] { (1, 1, 1, 1), (48, 128, 256, 1), (49, 129, 257, 1), (97, 33, 15, 3),
            (200, 140, 900, 3), (30, 300, 40, 2) })
        {
            foreach (var choice in new[] { KernelChoice.Auto, KernelChoice.Sparse, KernelChoice.Dense })
            {
                using var scope = torch.NewDisposeScope();
                var (x, weight, bias, slopes) = (Random(n, ins), Thin(0.1, outs, ins), Random(outs), Slopes(0.25, n, outs, pieces));
                var actual = Kernel(x, weight, bias, slopes, choice);
                var expected = Plain(x.@double(), weight.@double(), bias.@double(), [.. slopes.Select(s => s.@double())]);
                for (var i = 0; i < expected.Count; i++)
                    Assert.True(
                        actual[i].@double().allclose(expected[i], 1e-5, 2e-5), $"{i} of {n} × {ins} → {outs} in {pieces}, {choice}");
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
        var threads = Threads.Get();
        try
        {
            List<Tensor>? first = null;
            foreach (var n in new[] { 1, 2, 3 })
            {
                Threads.Set(n);
                var results = Kernel(x, weight, bias, slopes, KernelChoice.Sparse);
                first ??= results;
                Assert.All(first.Zip(results), pair => Assert.True(pair.First.IsSame(pair.Second), $"{n} threads"));
            }
        }
        finally
        {
            Threads.Set(threads);
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
        var gradients = Kernel(x, weight, bias, [slope], KernelChoice.Sparse);
        Assert.True(gradients[2].narrow(0, 7, 3).IsSame(torch.zeros(3, 20)));
        Assert.True(gradients[2].allclose(slope.t().mm(x), 1e-5, 1e-5));
        var nothing = Kernel(x, weight, bias, [torch.zeros(100, 40)], KernelChoice.Sparse);
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
        var gradients = Kernel(x, weight, bias, [slope], KernelChoice.Sparse);
        Assert.Equal([2, float.PositiveInfinity, 2, float.NaN, float.NaN, float.NaN], gradients[2].Values<float>());
        Assert.Equal([2, float.NaN], gradients[3].Values<float>());
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Factors_of_the_weights_gradient_are_rounded_to_bfloat16_when_asked_for(string set)
    {
        using var _ = Kernels.Use(set);
        var (x, weight, bias, slopes) = (Random(70, 50), Thin(0.1, 60, 50), Random(60), Slopes(0.25, 70, 60, 1));
        var expected = Rounded(slopes[0]).t().mm(Rounded(x));
        foreach (var choice in new[] { KernelChoice.Sparse, KernelChoice.Dense })
        {
            var gradients = Kernel(x, weight, bias, slopes, choice, bfloat16: true);
            Assert.True(gradients[2].@double().allclose(expected, 1e-5, 1e-5));
            Assert.False(gradients[2].@double().allclose(slopes[0].@double().t().mm(x.@double()), 1e-5, 1e-5));
        }

        static Tensor Rounded(Tensor t) => t.to(ScalarType.BFloat16).@double();
    }

    [Fact]
    public void Products_go_by_entries_where_these_are_few_unless_told_otherwise()
    {
        var (x, bias) = (Random(10, 64), Random(64));
        Assert.True(ByEntries(Thin(0.05, 64, 64), KernelChoice.Auto));
        Assert.False(ByEntries(Random(64, 64), KernelChoice.Auto));
        Assert.False(ByEntries(Thin(0.05, 64, 64), KernelChoice.Dense));
        Assert.True(ByEntries(Random(64, 64), KernelChoice.Sparse));
        Assert.False(ByEntries(Thin(0.05, 64, 64).requires_grad_(), KernelChoice.Auto));

        bool ByEntries(Tensor weight, KernelChoice choice)
        {
            Functions.linear(x, weight, bias, choice, out var byEntries);
            return byEntries;
        }
    }

    private Tensor Random(params long[] shape) => torch.randn(shape, generator: _generator);

    private Tensor Thin(double density, params long[] shape) =>
        Random(shape) * torch.rand(shape, generator: _generator).lt(density).to(ScalarType.Float32);

    private Tensor[] Slopes(double density, long n, long outs, int pieces) =>
        [.. Enumerable.Range(0, pieces).Select(_ => Thin(density, n, outs / pieces))];

    private static List<Tensor> Plain(Tensor x, Tensor weight, Tensor bias, IReadOnlyList<Tensor> slopes)
    {
        var dy = torch.cat([.. slopes], -1).view(-1, weight.size(0));
        var rows = x.view(-1, weight.size(1));
        return [torch.nn.functional.linear(x, weight, bias), dy.mm(weight).view(x.shape), dy.t().mm(rows), dy.sum([0])];
    }

    /// <summary>The result, and the gradients of the input, the weight and the bias, as training makes them.</summary>
    private static List<Tensor> Kernel(Tensor x, Tensor weight, Tensor bias, Tensor[] slopes, KernelChoice choice, bool bfloat16 = false)
    {
        var rows = x.view(-1, weight.size(1));
        Tensor[] dy = [.. slopes.Select(slope => slope.view(-1, slope.size(-1)))];
        var entries = choice == KernelChoice.Dense
            ? null
            : SparseWeight.Where(weight, choice == KernelChoice.Sparse ? int.MaxValue : (long)(Functions.DenseFrom * weight.numel()));
        using var _ = entries;
        var y = entries?.Multiply(x, bias) ?? torch.nn.functional.linear(x, weight, bias);
        var dx = entries?.MultiplyTransposed(dy) ?? torch.cat(dy, -1).mm(weight);
        var (dw, db) = RawKernels.WeightGradient(
            dy, rows, choice, bfloat16, (a, b) => Rounded(a).t().mm(Rounded(b)).to(ScalarType.Float32));
        return [y, dx.view(x.shape), dw, db];

        Tensor Rounded(Tensor t) => bfloat16 ? t.to(ScalarType.BFloat16).@double() : t;
    }
}
