using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Autoencoders;

public sealed class ReconstructionSumsTests : TorchTest
{
    [Fact]
    public void Sums_over_parts_are_the_figures_of_all()
    {
        // x̄ = (2, 1): Σ‖x − x̄‖² = 4 + 4 + 2 = 10; errors 1, 0, 1.
        var mean = torch.tensor(new double[] { 2, 1 });
        var sums = new ReconstructionSums(mean, 4);
        sums.Add(
            torch.tensor(new float[] { 0, 1, 4, 1 }, [2, 2]), torch.tensor(new float[] { 0, 2, 4, 1 }, [2, 2]),
            Codes(1, 0, 0, 2, 3, 0, 0, 0));
        sums.Add(torch.tensor(new float[] { 3, 0 }, [1, 2]), torch.tensor(new float[] { 2, 0 }, [1, 2]), Codes(-1, 0, 0, 0));
        Assert.Equal(3, sums.Count);
        Assert.Equal(4.0 / 3, sums.L0);
        Assert.Equal(2.0 / 10, sums.Fvu, 1e-12);
        // Σ‖x̂‖² = 4 + 17 + 4, Σ⟨x̂, x⟩ = 2 + 17 + 6.
        Assert.Equal(1, sums.Shrinkage, 1e-12);
        Assert.Equal((2 + 1 + (2.0 / 3)) / 3, sums.NormRatio, 1e-12);
        Assert.Equal(2.0 / 6, sums.ZeroEntries, 1e-12);
        Assert.Equal([3, 0, 0, 1], sums.Fired);
        Assert.Equal(0.5, sums.DeadFraction);
        Assert.Equal(0, sums.Alive);

        static Tensor Codes(params float[] values) => torch.tensor(values, [values.Length / 4, 4]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, double.PositiveInfinity)]
    public void Of_constant_activations_no_variance_is_left_unexplained_unless_there_is_an_error(float error, double expected)
    {
        var x = torch.full([50, 3], 0.1f);
        var sums = new ReconstructionSums(x.mean([0], type: ScalarType.Float64), 1);
        sums.Add(x, x + error, torch.ones([50, 1]));
        Assert.Equal(expected, sums.Fvu);
        Assert.Equal(1, sums.Alive);
    }

    [Fact]
    public void Of_nothing_but_zeros_every_figure_has_a_value()
    {
        var x = torch.zeros([5, 3]);
        var sums = new ReconstructionSums(x.mean([0], type: ScalarType.Float64), 2);
        sums.Add(x, x, torch.zeros([5, 2]));
        Assert.Equal((0, 1, 1, 0), (sums.Fvu, sums.Shrinkage, sums.ZeroEntries, sums.L0));
    }

    [Fact]
    public void Densities_are_counted_by_halves_of_their_logarithms()
    {
        var codes = torch.zeros([1000, 4]);
        codes.narrow(1, 0, 1).fill_(1); // always
        codes.narrow(1, 1, 1).narrow(0, 0, 100).fill_(1); // 10^−1
        codes.narrow(1, 2, 1).narrow(0, 0, 1).fill_(1); // 10^−3
        var sums = new ReconstructionSums(torch.zeros([2], ScalarType.Float64), 4);
        sums.Add(torch.ones([1000, 2]), torch.ones([1000, 2]), codes);
        var expected = new int[13];
        (expected[12], expected[10], expected[6]) = (1, 1, 1);
        Assert.Equal(expected, sums.DensityHistogram);
    }
}
