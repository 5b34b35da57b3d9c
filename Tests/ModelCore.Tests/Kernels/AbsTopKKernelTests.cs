using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;
using static Sweeps.ModelCore.Kernels.Functions;

namespace Sweeps.ModelCore.Tests.Kernels;

public sealed class AbsTopKKernelTests : TorchTest
{
    private static readonly int[] s_widths = [1, 7, 16, 17, 100, 512];

    public static TheoryData<string> Sets => Kernels.Sets;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Of_each_row_the_k_largest_magnitudes_stay_ties_by_lowest_index_and_NaN_first(string set)
    {
        using var _ = Kernels.Use(set);
        foreach (var width in s_widths)
        {
            for (var kind = 0; kind < 6; kind++)
            {
                using var scope = torch.NewDisposeScope();
                var random = new KeyedRandom((ulong)kind, "rows", $"{width}");
                int rows = 3 + random.Next(4), k = width == 1 ? 1 : 1 + random.Next(width - 1);
                var values = new float[rows * width];
                for (var i = 0; i < values.Length; i++) values[i] = Value(kind, random);
                var x = torch.tensor(values, [rows, width]).requires_grad_();
                var y = abs_topk(x, k);
                var slope = torch.arange(1, values.Length + 1).to(ScalarType.Float32).view(rows, width);
                y.backward([slope]);
                float[] kept = y.Values<float>(), gradient = x.grad!.Values<float>(), slopes = slope.Values<float>();
                for (var row = 0; row < rows; row++)
                {
                    var expected = Enumerable.Range(row * width, width)
                        // stable: lowest index first
                        .OrderByDescending(i => BitConverter.SingleToInt32Bits(values[i]) & int.MaxValue).Take(k).ToHashSet();
                    for (var i = row * width; i < (row + 1) * width; i++)
                    {
                        var stays = k == width || expected.Contains(i);
                        Assert.Equal(BitConverter.SingleToInt32Bits(stays ? values[i] : 0), BitConverter.SingleToInt32Bits(kept[i]));
                        Assert.Equal(stays ? slopes[i] : 0, gradient[i]);
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Added_to_something_it_is_the_sum_bit_for_bit_and_so_are_the_gradients(string set)
    {
        using var _ = Kernels.Use(set);
        foreach (var width in s_widths)
        {
            using var scope = torch.NewDisposeScope();
            using var generator = new torch.Generator((ulong)width);
            Tensor x = torch.randn([70, width], generator: generator).requires_grad_(), to = torch.randn(
                [70, width], generator: generator).requires_grad_();
            var slope = torch.randn([70, width], generator: generator);
            foreach (var k in new[] { 1, (width + 1) / 2, width })
            {
                Tensor sum = add_abs_topk(to, x, k), expected = to + abs_topk(x, k);
                Assert.True(sum.IsSame(expected));
                Assert.All(
                    Gradients(sum, [x, to], slope).Zip(Gradients(expected, [x, to], slope)), pair =>
                        Assert.True(pair.First.IsSame(pair.Second)));
            }
            Assert.Throws<ArgumentOutOfRangeException>(() => add_abs_topk(to, x, width + 1));
        }
    }

    // Smooth; with many ties; over 70 decades; nearly all zero, of both signs; with NaN and infinities; any bits at all.
    private static float Value(int kind, KeyedRandom random) => kind switch
    {
        0 => (float)random.NextGaussian(),
        1 => (random.Next(7) - 3) * 0.5f,
        2 => (float)(random.NextGaussian() * Math.Pow(10, random.Next(70) - 35)),
        3 => random.Next(20) == 0 ? (float)random.NextGaussian() : random.Next(2) == 0 ? 0f : -0f,
        4 => random.Choose([1f, -2f, 0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, (float)random.NextGaussian()]),
        _ => BitConverter.Int32BitsToSingle((int)random.NextUInt64()),
    };

    [Theory]
    [MemberData(nameof(Sets))]
    public void Values_and_gradients_are_those_of_the_plain_composition(string set)
    {
        using var _ = Kernels.Use(set);
        using var generator = new torch.Generator(1);
        foreach (var width in s_widths)
        {
            using var scope = torch.NewDisposeScope();
            var x = torch.randn([5, 13, width], generator: generator);
            var slope = torch.randn([5, 13, width], generator: generator);
            var k = Math.Max(1, width / 4);
            var (y, gradient) = Run(x, slope, k);
            using var plain = PlainComposition();
            var (plainY, plainGradient) = Run(x, slope, k);
            Assert.True(y.IsSame(plainY));
            Assert.True(gradient.IsSame(plainGradient));
        }
    }

    [Fact]
    public void Slices_of_channels_and_gradients_of_any_layout_are_read_in_place_or_copied_with_the_same_result()
    {
        using var generator = new torch.Generator(2);
        var joint = torch.randn([4, 9, 3 * 48], generator: generator);
        foreach (var x in new[] { joint.narrow(-1, 48, 48), joint.narrow(0, 1, 2).narrow(-1, 0, 48), joint.transpose(
            0, 1), joint.narrow(1, 2, 1).expand(4, 5, -1), joint.narrow(0, 0, 1).expand(6, 9, -1) })
        {
            var (y, gradient) = Run(x, torch.ones_like(x).narrow(-1, 0, 1).expand(x.shape), 12);
            var (sameY, sameGradient) = Run(x.contiguous(), torch.ones_like(x), 12);
            Assert.True(y.IsSame(sameY));
            Assert.True(gradient.IsSame(sameGradient));
        }
    }

    [Fact]
    public void Neither_the_number_of_threads_nor_the_rows_before_matter()
    {
        using var generator = new torch.Generator(3);
        // Rows of very different scale, each a bad beginning for the search in the next.
        var x = torch.randn([150, 64], generator: generator) * torch.randn([150, 1], generator: generator).mul(20).exp();
        var threads = Threads.Get();
        try
        {
            var alone = torch.cat([.. Enumerable.Range(0, 150).Select(i => abs_topk(x.narrow(0, i, 1), 16))]);
            foreach (var n in new[] { 1, 2, 3 })
            {
                Threads.Set(n);
                Assert.True(abs_topk(x, 16).IsSame(alone));
            }
        }
        finally
        {
            Threads.Set(threads);
        }
    }

    [Fact]
    public void A_second_derivative_is_refused_rather_than_wrong()
    {
        var y = abs_topk(torch.tensor(new float[] { 3f, -1f, 2f, 0.5f }, [1, 4]).requires_grad_(), 2).pow(3).sum();
        Assert.Throws<InvalidOperationException>(() => KernelBackward.Run(() => y.backward(create_graph: true)));
    }

    private static (Tensor Y, Tensor Gradient) Run(Tensor x, Tensor slope, int k)
    {
        var leaf = x.detach().requires_grad_();
        var y = abs_topk(leaf, k);
        return (y, Gradients(y, [leaf], slope)[0]);
    }

    private static Restore PlainComposition()
    {
        Functions.enabled = false;
        return new Restore();
    }

    private sealed class Restore : IDisposable
    {
        public void Dispose() => Functions.enabled = true;
    }
}
