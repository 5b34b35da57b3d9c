using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;
using static Sweeps.ModelCore.Kernels.Functions;

namespace Sweeps.ModelCore.Tests.Kernels;

public sealed class SparseLinearTests : TorchTest
{
    private readonly torch.Generator _generator = new(7);

    public static TheoryData<string> Sets => Kernels.Sets;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Values_and_gradients_are_those_of_the_dense_product(string set)
    {
        using var _ = Kernels.Use(set);
        foreach (var (outs, ins) in new[] { (1, 1), (7, 1), (1, 7), (16, 17), (17, 16), (100, 512), (512, 100) })
        {
            foreach (var n in new[] { 0, 1, 2, 3, 15, 63, 64, 65 })
            {
                using var scope = torch.NewDisposeScope();
                var weight = Weight(outs, ins, 0.2);
                var bias = n % 2 == 0 ? null : Random(outs);
                var x = Random(n, ins);
                var slope = Random(n, outs);
                using var sparse = new SparseWeight(weight);
                var (y, gradient) = Run(x, slope, leaf => sparse_linear(leaf, sparse, bias));
                var (dense, denseGradient) = Run(
                    x.@double(), slope.@double(), leaf => torch.nn.functional.linear(leaf, weight.@double(), bias?.@double()));
                Assert.Equal(new long[] { n, outs }, y.shape);
                Assert.True(y.@double().allclose(dense, 1e-5, 1e-5), $"{outs}x{ins}, {n} rows");
                Assert.True(gradient.@double().allclose(denseGradient, 1e-5, 1e-5), $"gradient of {outs}x{ins}, {n} rows");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void The_output_of_a_row_has_the_same_bits_alone_in_any_batch_and_with_any_number_of_threads(string set)
    {
        using var _ = Kernels.Use(set);
        using var sparse = new SparseWeight(Weight(50, 70, 0.3));
        var bias = Random(50);
        var x = Random(200, 70);
        var threads = Threads.Get();
        try
        {
            var all = sparse_linear(x, sparse, bias);
            for (var n = 1; n < 70; n++)
                Assert.True(sparse_linear(x.narrow(0, n, n), sparse, bias).IsSame(all.narrow(0, n, n)), $"{n} rows");
            foreach (var n in new[] { 1, 2, 3 })
            {
                Threads.Set(n);
                Assert.True(sparse_linear(x, sparse, bias).IsSame(all), $"{n} threads");
            }
        }
        finally
        {
            Threads.Set(threads);
        }
    }

    [Fact]
    public void The_entries_that_are_not_zero_are_counted_with_NaN_among_them()
    {
        var values = new float[5 * 40];
        (values[3], values[39], values[160], values[87]) = (2, float.NaN, float.NegativeInfinity, -0f);
        using var sparse = new SparseWeight(torch.tensor(values, [5, 40]));
        Assert.Equal((5, 40, 3), (sparse.out_features, sparse.in_features, sparse.nnz));
        Assert.Equal(3 / 200.0, sparse.density);
    }

    [Fact]
    public void NaN_and_infinity_reach_only_the_outputs_that_have_an_entry_for_them()
    {
        using var sparse = new SparseWeight(torch.tensor(new float[] { 2f, 0, 0, 0, 3f, 1f, 0, 0, float.NaN }, [3, 3]));
        foreach (var n in new[] { 1, 20 })
        {
            var x = torch.tensor(new float[] { float.PositiveInfinity, 1, 1 }, [1, 3]).expand(n, -1);
            Assert.Equal([float.PositiveInfinity, 4, float.NaN], sparse_linear(x, sparse).Values<float>()[^3..]);
        }
    }

    [Fact]
    public void Slices_of_channels_are_inputs_as_good_as_their_copies()
    {
        using var sparse = new SparseWeight(Weight(20, 33, 0.3));
        var joint = Random(4, 9, 99);
        foreach (var x in new[] { joint.narrow(-1, 33, 33), joint.narrow(1, 3, 1).narrow(-1, 0, 33), joint.narrow(
            -1, 5, 33).transpose(0, 1), joint.narrow(-1, 0, 1).expand(-1, -1, 33) })
        {
            var slope = Random([.. x.shape[..^1], 20]);
            var (y, gradient) = Run(x, slope, leaf => sparse_linear(leaf, sparse));
            var (same, sameGradient) = Run(x.contiguous(), slope, leaf => sparse_linear(leaf, sparse));
            Assert.True(y.IsSame(same));
            Assert.True(gradient.IsSame(sameGradient));
        }
    }

    [Fact]
    public void Gradients_flow_to_the_input_only()
    {
        var weight = Weight(6, 5, 0.5).requires_grad_();
        var bias = Random(6).requires_grad_();
        using var sparse = new SparseWeight(weight);
        var x = Random(3, 5).requires_grad_();
        KernelBackward.Run(() => sparse_linear(x, sparse, bias).sum().backward());
        Assert.Null(weight.grad);
        Assert.Null(bias.grad);
        Assert.True(x.grad!.allclose(torch.ones(3, 6).mm(weight.detach()), 1e-5, 1e-5));
    }

    [Fact]
    public void A_graph_stays_valid_after_its_weight_is_disposed()
    {
        var weight = Weight(6, 5, 0.5);
        var x = Random(3, 5).requires_grad_();
        Tensor y;
        using (var sparse = new SparseWeight(weight)) y = sparse_linear(x, sparse);
        y.backward([torch.ones_like(y)]);
        Assert.True(x.grad!.allclose(torch.ones(3, 6).mm(weight), 1e-5, 1e-5));
        Assert.Throws<ObjectDisposedException>(() =>
        {
            var gone = new SparseWeight(weight);
            gone.Dispose();
            sparse_linear(x, gone);
        });
    }

    [Fact]
    public void Weights_without_rows_columns_or_entries_are_maps_too()
    {
        using var rowless = new SparseWeight(torch.zeros(0, 4));
        Assert.Equal(new long[] { 2, 0 }, sparse_linear(torch.ones(2, 4), rowless).shape);
        using var columnless = new SparseWeight(torch.zeros(3, 0));
        Near([1, 2, 3, 1, 2, 3], sparse_linear(torch.zeros(2, 0), columnless, torch.tensor(new float[] { 1f, 2f, 3f })));
        using var empty = new SparseWeight(torch.zeros(3, 4));
        Near([1, 2, 3], sparse_linear(torch.ones(4), empty, torch.tensor(new float[] { 1f, 2f, 3f })));
        Assert.Equal(0, empty.density);
    }

    [Fact]
    public void Inputs_that_do_not_fit_are_refused_by_name()
    {
        using var sparse = new SparseWeight(torch.ones(3, 4));
        Assert.Contains(
            "expected 4", Assert.Throws<ArgumentException>(() => sparse_linear(torch.ones(2, 3), sparse)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "Float32", Refusal(() => sparse_linear(torch.ones([2, 4], ScalarType.Float64), sparse)), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("bias of 3", Refusal(() => sparse_linear(torch.ones(2, 4), sparse, torch.ones(4))), StringComparison.Ordinal);
        Assert.Contains("(out, in)", Refusal(() => new SparseWeight(torch.ones(3))), StringComparison.Ordinal);

        static string Refusal(Func<object> action) => Assert.Throws<ArgumentException>(action).Message;
    }

    private Tensor Random(params long[] shape) => torch.randn(shape, generator: _generator);

    private Tensor Weight(long outs, long ins, double density)
        => torch.randn([outs, ins], generator: _generator) * torch.rand([outs, ins], generator: _generator).lt(density).to(
            ScalarType.Float32);

    private static (Tensor Y, Tensor Gradient) Run(Tensor x, Tensor slope, Func<Tensor, Tensor> map)
    {
        var leaf = x.detach().requires_grad_();
        var y = map(leaf);
        return (y, Gradients(y, [leaf], slope)[0]);
    }
}
