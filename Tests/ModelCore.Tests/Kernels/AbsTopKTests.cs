using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static Sweeps.ModelCore.Kernels.Functions;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Kernels;

public sealed class AbsTopKTests : TorchTest
{
    /// <summary>Widths around the vector's, every kind of k, and values with many ties, zeros of both signs, tiny and huge ones.</summary>
    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(0, 40).Select(i => (ulong)i)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Exactly_k_entries_are_kept_they_are_the_largest_and_the_gradient_passes_through_them_only(ulong seed)
    {
        var random = new KeyedRandom(seed, "abs_topk");
        int rows = 1 + random.Next(5), width = 1 + random.Next(70), k = 1 + random.Next(width);
        var coarse = random.Next(2) == 0;
        var values = new float[rows * width];
        for (var i = 0; i < values.Length; i++)
            values[i] = coarse
                ? (random.Next(5) - 2) * 0.5f * (random.Next(2) == 0 ? -1 : 1)
                : (float)(random.NextGaussian() * Math.Pow(10, random.Next(60) - 30));
        using var scope = torch.NewDisposeScope();
        var input = torch.tensor(values, [rows, 1, width]).requires_grad_();
        var output = abs_topk(input, k);
        output.backward([torch.ones_like(output)]);
        var kept = output.Values<float>();
        var gradient = input.grad!.Values<float>();
        for (var row = 0; row < rows; row++)
        {
            var own = Enumerable.Range(row * width, width).ToList();
            Assert.Equal(k, own.Count(i => gradient[i] == 1));
            Assert.Equal(width - k, own.Count(i => gradient[i] == 0));
            Assert.All(own, i => Assert.Equal(gradient[i] == 1 ? values[i] : 0, kept[i]));
            var smallestKept = own.Where(i => gradient[i] == 1).Min(i => Math.Abs(values[i]));
            Assert.All(own.Where(i => gradient[i] == 0), i => Assert.True(Math.Abs(values[i]) <= smallestKept));
        }
    }

    [Fact]
    public void The_way_through_memory_and_the_way_through_libtorch_keep_the_same_entries()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(5);
        var x = torch.randn([64, 100], generator: generator);
        // Float64, and rows that are not contiguous, go through libtorch's topk.
        Assert.True(abs_topk(x, 25).IsSame(abs_topk(x.to(ScalarType.Float64), 25).to(ScalarType.Float32)));
        Assert.True(abs_topk(x.t(), 16).IsSame(abs_topk(x.t().contiguous(), 16)));
    }
}
