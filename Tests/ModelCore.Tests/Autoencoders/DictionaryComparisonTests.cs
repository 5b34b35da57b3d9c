using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Autoencoders;

public sealed class DictionaryComparisonTests : TorchTest
{
    [Fact]
    public void The_mean_is_over_the_largest_cosines_with_their_signs()
    {
        var a = torch.tensor(new float[] { 2, 0, 0, 3 }, [2, 2]);
        var b = torch.tensor(new float[] { 5, 0, 0, -1, 1, 1 }, [3, 2]);
        var found = DictionaryComparison.Compare("a", a, "b", b);
        Assert.Equal(("a", "b"), (found.A, found.B));
        Assert.Equal((1 + Math.Sqrt(0.5)) / 2, found.Mean, 1e-12);
        Assert.Equal(0.5, found.Above);
        // The other way: of (5, 0), (0, −1) and (1, 1).
        Assert.Equal((1 + 0 + Math.Sqrt(0.5)) / 3, DictionaryComparison.Compare("b", b, "a", a).Mean, 1e-12);
    }

    [Fact]
    public void A_dictionary_is_found_whole_in_itself_permuted_and_hardly_in_random_directions()
    {
        var truth = RandomDirections.Draw(128, 64, 1);
        var permuted = truth.flip(0) * 3;
        Assert.Equal(1, DictionaryComparison.Compare("a", truth, "b", permuted).Mean, 1e-6);
        Assert.InRange(DictionaryComparison.Compare("a", truth, "b", RandomDirections.Draw(128, 64, 2)).Mean, 0.2, 0.45);
    }

    [Fact]
    public void Of_a_dictionary_without_alive_features_there_is_no_mean()
    {
        var found = DictionaryComparison.Compare("a", torch.zeros([0, 4]), "b", torch.ones([3, 4]));
        Assert.True(double.IsNaN(found.Mean));
        Assert.Equal(0, found.Above);
    }
}
