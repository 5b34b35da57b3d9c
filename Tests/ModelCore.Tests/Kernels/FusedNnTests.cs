using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;
using F = Sweeps.ModelCore.Kernels.Functions;

namespace Sweeps.ModelCore.Tests.Kernels;

/// <summary>Cross-entropy, RMSNorm, GELU and embeddings against ATen in double precision, which has no kernel.</summary>
public sealed class FusedNnTests : TorchTest
{
    private readonly torch.Generator _generator = new(7);

    public static TheoryData<string> Sets => Kernels.Sets;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Cross_entropy_and_its_gradient_are_those_of_the_composition(string set)
    {
        using var kernels = Kernels.Use(set);
        foreach (var (n, classes) in ((long, long)[])[(1, 1), (3, 2), (5, 17), (64, 63), (33, 65), (200, 1003)])
        {
            var target = torch.randint(0, classes, [n], dtype: ScalarType.Int64, generator: _generator);
            var x = Normal(n, classes) * 8;
            var (loss, gradient) = CrossEntropy(x, target);
            var expected = Run(v => F.cross_entropy(v[0], target), [x.to(ScalarType.Float64)]);
            Assert.Equal(expected[0].ToDouble(), loss, 1e-6);
            Assert.True(gradient.to(ScalarType.Float64).allclose(expected[1], 1e-5, 1e-7), $"{n} rows of {classes}");
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Cross_entropy_of_extreme_logits_is_what_softmax_gives(string set)
    {
        using var kernels = Kernels.Use(set);
        const float Inf = float.PositiveInfinity;
        foreach (var row in (float[][])[[1e30f, 0, -1e30f], [-Inf, 0, 1], [0, -Inf, -Inf], [-Inf, -Inf, -Inf], [Inf, 0, 0],
            [0, float.NaN, 0], [300, -300, 300]])
        {
            var x = torch.tensor(row, [1, 3]);
            var target = torch.tensor(new long[] { 0L });
            var (loss, gradient) = CrossEntropy(x, target);
            var expected = Run(v => F.cross_entropy(v[0], target), [x.to(ScalarType.Float64)]);
            Assert.True(torch.tensor(loss).allclose(expected[0], 1e-6, 1e-6, equal_nan: true), string.Join(", ", row));
            Assert.True(gradient.to(ScalarType.Float64).allclose(expected[1], 1e-6, 1e-6, equal_nan: true), string.Join(", ", row));
        }
    }

    [Fact]
    public void A_target_out_of_range_is_named()
    {
        var x = Normal(3, 4);
        var e = Assert.Throws<ArgumentException>(() => RawKernels.CrossEntropy(x, torch.tensor(new long[] { 0L, 4, 1 })));
        Assert.Contains("targets: 4, expected 0 to 3", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => RawKernels.CrossEntropy(x, torch.tensor(new long[] { 0L, 1 })));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void RMSNorm_and_its_gradients_are_those_of_the_composition(string set)
    {
        using var kernels = Kernels.Use(set);
        foreach (var (n, d) in ((long, long)[])[(1, 1), (3, 5), (65, 16), (64, 31), (130, 100), (7, 513)])
            AssertSame(x => F.rms_norm(x[0], x[1], 1e-5), [Normal(n, 1, d), Normal(d)], $"{n} rows of {d}");
        AssertSame(x => F.rms_norm(x[0].transpose(0, 1), x[1], 1e-5), [Normal(9, 4, 20), Normal(20)], "a transposed input");
        Near([0, 0, 0], F.rms_norm(torch.zeros(1, 3), torch.ones(3), 1e-5));
        Assert.True(F.rms_norm(torch.tensor(new float[] { 1f, float.NaN, 2f }, [1, 3]), torch.ones(3), 1e-5).isnan().all().ToBoolean());
        Assert.Throws<ArgumentException>(() => F.rms_norm(torch.ones(2, 3), torch.ones(2), 1e-5));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void GELU_and_its_gradient_are_those_of_the_composition(string set)
    {
        using var kernels = Kernels.Use(set);
        foreach (var n in (long[])[1, 3, 16, 31, 4095, 4097, 9000]) AssertSame(x => F.gelu(x[0]), [Normal(n) * 3], $"{n} entries");
        AssertSame(x => F.gelu(x[0].t()), [Normal(5, 7)], "a transposed input");
        var extremes = torch.tensor(new float[] { 0f, -0f, 1e-30f, -1e-30f, 6, -6, 40, -40, 1e30f, float.PositiveInfinity, float.NaN });
        var wide = extremes.to(ScalarType.Float64);
        Assert.True(F.gelu(extremes).to(ScalarType.Float64).allclose(F.gelu(wide), 1e-6, 1e-7, equal_nan: true));
    }

    [Fact]
    public void Embeddings_and_their_gradients_are_those_of_the_composition()
    {
        foreach (var (n, rows, width) in ((long, long, long)[])[(1, 1, 1), (7, 3, 5), (130, 9, 64), (65, 200, 131)])
        {
            var positions = torch.randint(0, rows, [n], dtype: ScalarType.Int64, generator: _generator);
            AssertSame(x => F.embedding(positions, x[0]), [Normal(rows, width)], $"{n} of {rows} rows of {width}");
            AssertSame(x => F.embedding(positions, x[0].t()), [Normal(width, rows)], "a transposed table");
            // Not in place of a leaf.
            AssertSame(
                x => F.add_embedding_(x[0] * 2, positions, x[1]), [Normal(n, width), Normal(rows, width)],
                $"{n} of {rows} rows of {width}, added");
        }
        AssertSame(x => F.embedding(torch.tensor(new long[] { 2L, 0, 2, 2 }, [2, 2]), x[0]), [Normal(3, 4)], "positions (2, 2)");
    }

    [Fact]
    public void A_row_that_a_table_does_not_have_is_named()
    {
        foreach (var position in (long[])[-1, 3])
        {
            var message = $"{position}, expected 0 to 2";
            Assert.Contains(
                message, Assert.Throws<ArgumentException>(() => F.embedding(torch.tensor([0L, position]), Normal(3, 4))).Message,
                StringComparison.Ordinal);
            Assert.Contains(
                message,
                Assert.Throws<ArgumentException>(() => F.add_embedding_(Normal(2, 4), torch.tensor([0L, position]), Normal(3, 4))).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        var (x, gain, target) = (Normal(300, 200), Normal(200), torch.randint(
            0, 200, [300], dtype: ScalarType.Int64, generator: _generator));
        Func<Tensor[], Tensor>[] functions =
        [
            v => torch.tensor(CrossEntropy(v[0].detach(), target).Loss) + v[0].sum() * 0, v =>
                F.rms_norm(v[0], v[1], 1e-5).square(), v => F.gelu(v[0]), v => F.embedding(target, v[0]),
            v => F.add_embedding_(v[0] * 2, target, v[0]),
            v => F.add_abs_topk(v[0], v[0] * 2, 50),
        ];
        foreach (var function in functions)
        {
            var one = Run(function, [x, gain]);
            foreach (var threads in (int[])[2, 3])
            {
                Threads.Set(threads);
                try
                {
                    Assert.All(one.Zip(Run(function, [x, gain])), pair => Assert.True(pair.First.IsSame(pair.Second)));
                }
                finally
                {
                    Threads.Set(1);
                }
            }
        }
    }

    [Fact]
    public void A_second_derivative_is_refused_rather_than_wrong()
    {
        var x = torch.ones([2, 3], requires_grad: true);
        var y = F.rms_norm(x, torch.ones(3), 1e-5).sum();
        var e = Assert.Throws<InvalidOperationException>(() => KernelBackward.Run(() => y.backward(create_graph: true)));
        Assert.Contains("no second derivatives", e.Message, StringComparison.Ordinal);
    }

    private static (double Loss, Tensor Gradient) CrossEntropy(Tensor logits, Tensor target)
    {
        var (loss, lse) = RawKernels.CrossEntropy(logits, target);
        return (loss, RawKernels.CrossEntropyBackward(logits, target, lse));
    }

    private Tensor Normal(params long[] shape) => torch.randn(shape, generator: _generator);

    // The result and the gradient of each input that it depends on.
    private static IReadOnlyList<Tensor> Run(Func<Tensor[], Tensor> function, IReadOnlyList<Tensor> inputs)
    {
        Tensor[] leaves = [.. inputs.Select(x => x.detach().requires_grad_())];
        var result = function(leaves);
        var slopes = torch.arange(1, result.numel() + 1).to(result.dtype).reciprocal().view(result.shape);
        KernelBackward.Run(() => result.backward([slopes]));
        return [result.detach(), .. leaves.Select(leaf => leaf.grad).OfType<Tensor>()];
    }

    private static void AssertSame(Func<Tensor[], Tensor> function, IReadOnlyList<Tensor> inputs, string what)
    {
        using var scope = torch.NewDisposeScope();
        var expected = Run(function, [.. inputs.Select(x => x.to(ScalarType.Float64))]);
        var found = Run(function, inputs);
        foreach (var (wanted, got) in expected.Zip(found))
            GoldenModel.AssertClose(wanted, got, what, 2e-6 * Math.Max(1, wanted.abs().max().ToDouble()));
    }
}
