using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Autoencoders;

public sealed class BaselineTests : TorchTest
{
    private static DictionaryOrigin Origin(string kind) => new(kind, ValueLocation.FinalResid, "model");

    [Fact]
    public void Principal_components_are_orthonormal_by_falling_variance_and_explain_all_when_all_are_used()
    {
        var scales = torch.tensor(new float[] { 1, 5, 3, 0.5f });
        var turned = Rotation(4, 1);
        var x = (Draw(2, 4000, 4) * scales).mm(turned) + 2;
        var (atoms, mean) = PrincipalComponents.Fit(x);
        Near([.. torch.eye(4).to(ScalarType.Float64).Values<double>()], atoms.mm(atoms.t()), 1e-5);
        // The axis of the second channel varies most.
        Assert.InRange(atoms[0].dot(turned[1]).abs().ToDouble(), 0.99, 1);
        Assert.InRange(atoms[1].dot(turned[2]).abs().ToDouble(), 0.99, 1);

        using var all = new PrincipalComponents(Origin(PrincipalComponents.All), atoms.clone(), mean.clone(), 4);
        Assert.True((all.Decode(all.Encode(x)) - x).abs().max().ToDouble() < 1e-4);
        using var largest = new PrincipalComponents(Origin(PrincipalComponents.All), atoms.clone(), mean.clone(), 2);
        using var first = new PrincipalComponents(Origin(PrincipalComponents.First), atoms.clone(), mean.clone(), 2);
        Assert.True(Error(largest, x) < Error(first, x));
        Assert.All(largest.Encode(x).ne(0).sum(1).Values<long>(), active => Assert.Equal(2, active));
        Assert.Equal(0, first.Encode(x).narrow(1, 2, 2).abs().sum().ToDouble());
    }

    [Fact]
    public void Independent_components_are_the_sources_that_were_mixed()
    {
        const int d = 6;
        // Laplace distributed sources, as differences of exponential ones.
        using var generator = new torch.Generator(3);
        var sources = Exponential() - Exponential();
        var mixing = Draw(4, d, d);
        var x = sources.mm(mixing) + 1;
        var (atoms, unmixing, mean) = IndependentComponents.Fit(x, 200, 5);
        Assert.Equal([2 * d, d], atoms.shape);
        // In some order, each in both directions.
        Assert.All(DictionaryComparison.MaxCosines(mixing, atoms), cosine => Assert.InRange(cosine, 0.99, 1.000001));
        using var whole = new IndependentComponents(Origin(IndependentComponents.Kind), atoms.clone(), mean.clone(), unmixing.clone(), d);
        var codes = whole.Encode(x.narrow(0, 0, 500));
        Assert.True((whole.Decode(codes) - x.narrow(0, 0, 500)).abs().max().ToDouble() < 1e-2);
        Assert.True(codes.min().ToDouble() >= 0);
        using var few = new IndependentComponents(Origin(IndependentComponents.Kind), atoms.clone(), mean.clone(), unmixing.clone(), 2);
        Assert.InRange(few.Encode(x).ne(0).sum(1).max().ToInt64(), 1, 2);

        Tensor Exponential() => (1 - torch.rand([20_000, d], generator: generator)).log().neg();
    }

    [Fact]
    public void Directions_that_do_not_vary_are_no_independent_components()
    {
        var x = torch.cat([Draw(1, 2000, 3), torch.ones([2000, 2])], 1);
        var (atoms, unmixing, _) = IndependentComponents.Fit(x, 50, 1);
        Assert.Equal([6L, 5L], atoms.shape);
        Assert.Equal([3L, 5L], unmixing.shape);
        Assert.Throws<JobInputException>(() => IndependentComponents.Fit(torch.ones([20, 3]), 5, 1));
    }

    [Fact]
    public void Matching_pursuit_takes_a_step_along_the_best_direction_each_time()
    {
        var atoms = RandomDirections.Draw(40, 8, 7);
        var x = Draw(8, 30, 8);
        using var pursuit = new RandomDirections(Origin(RandomDirections.Kind), atoms.clone(), torch.zeros([8]), 3);
        var codes = pursuit.Encode(x);
        for (var row = 0; row < 30; row++)
        {
            var left = x[row].clone();
            for (var step = 0; step < 3; step++)
            {
                var products = atoms.mv(left);
                var best = products.abs().argmax().ToInt64();
                left = left - (products[best] * atoms[best]);
            }
            Assert.True((x[row] - pursuit.Decode(codes)[row] - left).abs().max().ToDouble() < 1e-5);
        }
        using var longer = new RandomDirections(Origin(RandomDirections.Kind), atoms.clone(), torch.zeros([8]), 12);
        Assert.True(Error(longer, x) < Error(pursuit, x));
    }

    [Fact]
    public void All_neurons_are_the_activation_itself()
    {
        var x = Draw(9, 20, 5);
        using var all = new Neurons(Origin(Neurons.Kind), torch.eye(5), torch.zeros([5]), 5);
        Assert.True(all.Decode(all.Encode(x)).IsSame(x));
        using var two = new Neurons(Origin(Neurons.Kind), torch.eye(5), torch.zeros([5]), 2);
        Assert.Equal(40, two.Encode(x).count_nonzero().ToInt64());
    }

    private static double Error(FeatureDictionary dictionary, Tensor x) =>
        (dictionary.Decode(dictionary.Encode(x)) - x).square().sum().ToDouble();

    private static Tensor Draw(ulong seed, params long[] shape)
    {
        using var generator = new torch.Generator(seed);
        return torch.randn(shape, generator: generator);
    }

    private static Tensor Rotation(int d, ulong seed) => torch.linalg.qr(Draw(seed, d, d)).Item1;
}
