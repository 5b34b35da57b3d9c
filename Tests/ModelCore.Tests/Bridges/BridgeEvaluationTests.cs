using Sweeps.ModelCore.Bridges;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Bridges;

public sealed class BridgeEvaluationTests : TorchTest
{
    private static TokenBatch Batch(ulong seed)
    {
        using Tensor tokens = TinyModel.Tokens(seed, 3, 6), targets = TinyModel.Tokens(seed + 1, 3, 6);
        return new TokenBatch(tokens.Values<long>(), targets.Values<long>(), 3, 6);
    }

    [Fact]
    public void Between_a_model_and_itself_identity_bridges_lose_nothing_on_any_way()
    {
        var shape = TinyModel.Config with { ActivationFraction = 1 };
        using var model = TinyBridges.Frozen(TinyModel.Create(shape));
        using var bridges = TinyBridges.Identity(shape);
        var result = new BridgeEvaluation(model, model, bridges).Run([Batch(1), Batch(3)]);
        Assert.Equal(36, result.Tokens);
        Assert.Equal(result.DenseLoss, result.SparseLoss);
        Assert.Equal(0, result.SparseDivergence, 1e-6);
        Assert.All(result.Sites, site =>
        {
            Assert.Equal((0.0, 0.0, 0.0), (site.EncoderNmse, site.DecoderNmse, site.TopKFloor));
            Assert.Equal(0, site.DenseToSparseDivergence, 1e-6);
            Assert.Equal(0, site.SparseToDenseDivergence, 1e-6);
        });
        Assert.Equal(15, result.Hybrids.Count);
        Assert.All(result.Hybrids, hybrid => Assert.Equal(result.DenseLoss, hybrid.Loss, 1e-5));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Hybrids_are_models_in_which_residuals_are_replaced_on_the_way(bool residualTopk)
    {
        var options = new BridgeOptions { EncoderFraction = 0.5 };
        using var models = new TinyBridges(options, ScalarType.Float32, residualTopk);
        var batch = Batch(5);
        var result = new BridgeEvaluation(models.Dense, TinyBridges.Frozen(models.Sparse), models.Bridges).Run([batch]);
        Tensor tokens = torch.tensor(batch.Inputs, [3, 6]), targets = torch.tensor(batch.Targets, [18]);
        var all = models.Bridges.All;
        var next = 0;
        for (var i = 0; i < all.Count; i++)
        {
            for (var j = i; j < all.Count; j++)
            {
                var h = models.Dense.ValueAt(all[i].Site, tokens);
                Tensor? left = null;
                // A decoder takes what was there before AbsTopK, but of what an encoder gave.
                var hasSum = residualTopk && j > i && all[j].Site != ValueLocation.FinalResid;
                var leave = hasSum ? $"{all[j].Site.Name}.sum" : all[j].Site.Name;
                models.Sparse.Forward(tokens, tap: (name, value) =>
                {
                    var own = name == all[i].Site.Name ? all[i].Encode(h) : value;
                    if (name == leave) left = own.clone().DetachFromDisposeScope();
                    return own;
                });
                using var z = left!;
                var logits = models.Dense.Forward(tokens, tap: (name, value) => name == all[j].Site.Name ? all[j].Decode(z) : value);
                var hybrid = result.Hybrids[next++];
                Assert.Equal((all[i].Site.Name, all[j].Site.Name), (hybrid.Enter, hybrid.Leave));
                Assert.Equal(torch.nn.functional.cross_entropy(logits.view(-1, 11), targets).ToDouble(), hybrid.Loss, 1e-5);
            }
        }
        // With as many channels as the model itself keeps, an encoder can be exact everywhere but at the end.
        Assert.All(result.Sites.SkipLast(1), site => Assert.Equal(residualTopk, site.TopKFloor == 0));
    }

    [Fact]
    public void Errors_over_batches_are_those_of_all_tokens_together()
    {
        using var generator = new torch.Generator(1);
        Tensor actual = torch.randn([6, 5, 4], generator: generator) + 2, predicted = torch.randn([6, 5, 4], generator: generator);
        var sums = new NmseSums();
        sums.Add(predicted.narrow(0, 0, 2), actual.narrow(0, 0, 2));
        sums.Add(predicted.narrow(0, 2, 4), actual.narrow(0, 2, 4));
        Assert.Equal(BridgeTerms.Nmse(predicted, actual, NmseKind.Ratio).ToDouble(), sums.Value, 1e-5);
        var perfect = new NmseSums();
        perfect.Add(torch.ones([3, 4]), torch.ones([3, 4]));
        Assert.Equal(0, perfect.Value);
    }

    [Fact]
    public void The_floor_is_what_the_channels_that_are_left_out_carry()
    {
        // Of the dense model's encoder nothing is asked: the sparse residual's own largest channels are the best there are.
        var options = new BridgeOptions { EncoderFraction = 0.5 };
        using var models = new TinyBridges(options, ScalarType.Float32);
        var batch = Batch(7);
        var result = new BridgeEvaluation(models.Dense, TinyBridges.Frozen(models.Sparse), models.Bridges).Run([batch]);
        var h = models.Sparse.ValueAt(ValueLocation.FinalResid, torch.tensor(batch.Inputs, [3, 6])).view(18, 8);
        var left = 0.0;
        foreach (var row in Enumerable.Range(0, 18))
        {
            float[] squares = [.. h[row].Values<float>().Select(x => x * x).Order()];
            left += squares.Take(4).Sum();
        }
        var variance = (h - h.mean([0], keepdim: true)).square().sum().ToDouble();
        Assert.Equal(left / variance, result.Sites[^1].TopKFloor, 1e-5);
    }
}
