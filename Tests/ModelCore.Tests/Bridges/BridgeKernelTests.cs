using Sweeps.ModelCore.Bridges;
using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Bridges;

/// <summary>The passes of kernels through the models, against libtorch's graph over single operators.</summary>
public sealed class BridgeKernelTests : TorchTest
{
    [Theory]
    [InlineData("plain", KernelChoice.Sparse)]
    [InlineData("plain", KernelChoice.Dense)]
    [InlineData("with options", KernelChoice.Sparse)]
    [InlineData("with options", KernelChoice.Auto)]
    [InlineData("residual", KernelChoice.Auto)]
    public void Losses_and_gradients_are_those_of_the_graph(string config, KernelChoice kernels)
    {
        var options = new BridgeOptions { CoefKlSparse = 0.5, CoefKlDenseToSparse = 0.75 };
        var shape = SparseModel.Config(config);
        using var sparse = SparseModel.Create(config);
        sparse.Kernels = kernels;
        using var dense = TinyBridges.Frozen(TinyModel.Create(
            shape with { DModel = 32, DMlp = 0, DPosEmb = 3, AttentionSink = true, ActivationFraction = 1, ResidualTopk = false }));
        using var bridges = BridgeSet.Create(options, dense.Config, shape, 7, torch.CPU);
        Parameter[] trained = [.. sparse.Parameters, .. bridges.Parameters];
        int[] drawn = [.. Enumerable.Range(0, bridges.All.Count)];
        var (losses, gradients) = Run();
        // Runs of the rest of a model do not count; of itself the unembedding is too dense for its entries.
        Assert.Equal(
            kernels switch { KernelChoice.Dense => 0, KernelChoice.Sparse => sparse.LinearMaps, _ => sparse.LinearMaps - 1 },
            sparse.SparseMaps);
        Functions.enabled = false;
        try
        {
            var (expected, slopes) = Run();
            Assert.Equal(expected.CrossEntropy, losses.CrossEntropy, 1e-5);
            Assert.Equal(expected.Divergence!.Value, losses.Divergence!.Value, 1e-5);
            foreach (var (site, one) in expected.Sites)
            {
                Assert.Equal(one.EncoderNmse!.Value, losses.Sites[site].EncoderNmse!.Value, 1e-4);
                Assert.Equal(one.DecoderNmse!.Value, losses.Sites[site].DecoderNmse!.Value, 1e-4);
                Assert.Equal(one.DenseToSparse!.Value, losses.Sites[site].DenseToSparse!.Value, 1e-4);
                Assert.Equal(one.SparseToDense!.Value, losses.Sites[site].SparseToDense!.Value, 1e-4);
            }
            foreach (var (name, slope) in slopes)
            {
                var error = (slope - gradients[name]).norm().ToDouble();
                Assert.True(error <= 1e-4 * (slope.norm().ToDouble() + 1e-6), $"{name}: {error} of {slope.norm().ToDouble()}");
            }
        }
        finally
        {
            Functions.enabled = true;
        }
        foreach (var parameter in trained) parameter.Value.grad = null;

        (BridgeLosses Losses, Dictionary<string, Tensor> Gradients) Run()
        {
            foreach (var parameter in trained) parameter.Value.grad = null;
            var found = new BridgePass(dense, sparse, bridges, options).Run(Tokens(1), Tokens(2), drawn);
            return (found, trained.ToDictionary(p => p.Name, p => p.Value.grad!.clone(), StringComparer.Ordinal));
        }

        static Tensor Tokens(ulong seed)
        {
            using var generator = new torch.Generator(seed);
            return torch.randint(0, SparseModel.VocabSize, [3, 20], dtype: ScalarType.Int64, generator: generator);
        }
    }
}
