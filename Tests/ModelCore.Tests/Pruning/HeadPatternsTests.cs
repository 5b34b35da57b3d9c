using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;

namespace Sweeps.ModelCore.Tests.Pruning;

public sealed class HeadPatternsTests : TorchTest
{
    private const int Tokens = 12;

    /// <summary>What heads write, by the kernel of attention, is the values by the pattern.</summary>
    [Theory]
    [InlineData(16, false)]
    [InlineData(16, true)]
    [InlineData(8, true)]
    public void A_pattern_weighs_the_values_to_what_attention_gives(int dHead, bool sink)
    {
        var config = new ModelConfig
        {
            NLayer = 2,
            DModel = 32,
            DHead = dHead,
            NCtx = 16,
            VocabSize = 20,
            BigramTable = false,
            AttentionSink = sink,
            ActivationFraction = 1,
        };
        var whole = TinyModel.Create(config);
        using var means = MeanCache.Compute(whole, [TinyModel.Tokens(3, 1, Tokens)]);
        using var model = new FrozenModel(whole, means.Means);
        var tokens = TinyModel.Tokens(4, 1, Tokens);
        var asked = from layer in Enumerable.Range(0, 2) from head in Enumerable.Range(0, config.NHead) select (layer, head);
        var patterns = new HeadPatterns(model, asked.Concat(asked));
        var (values, given) = (new float[2][], new float[2][]);
        whole.Forward(
            tokens,
            node: (location, value) =>
            {
                patterns.See(location, value);
                if (location.Site == NodeSite.AttnV) values[location.Layer] = value.Values<float>();
                return value;
            },
            tap: (name, value) =>
            {
                if (name.EndsWith(".attn.y", StringComparison.Ordinal)) given[name[0] - '0'] = value.Values<float>();
                return value;
            });
        Assert.Equal(asked, patterns.Found.Select(pattern => (pattern.Layer, pattern.Head)));
        // What the sink takes is missing.
        Assert.Equal(sink, patterns.Found.Any(pattern => pattern.Weights.Any(row => row.Sum() < 0.9)));
        foreach (var (layer, head, weights) in patterns.Found)
        {
            for (var t = 0; t < Tokens; t++)
            {
                Assert.Equal(t + 1, weights[t].Count);
                Assert.InRange(weights[t].Sum(), sink ? 0 : 0.99999f, 1.00001f);
                for (var channel = head * dHead; channel < (head + 1) * dHead; channel++)
                {
                    var expected = given[layer][(t * config.DModel) + channel];
                    var found = weights[t].Select((weight, s) => weight * values[layer][(s * config.DModel) + channel]).Sum();
                    Assert.True(Math.Abs(found - expected) < 1e-4, $"layer {layer}, head {head}, token {t}: {found}, expected {expected}");
                }
            }
        }
    }
}
