using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Pruning;

/// <summary>
/// A model of one layer without any noise, of the shape of <see cref="PlantedCircuit"/>. Tokens 1 and 2 write + and − to residual
/// channel 0, tokens 3 and 4 to channel 2. Attention looks at all positions alike; each of its v channels copies one of the two to residual
/// channel 5, where the unembedding reads whether the answer is 10 or 11. All other weights are 0.
/// </summary>
internal static class CopyingModel
{
    /// <summary>Where the answer is written.</summary>
    private const int Answer = 5;

    /// <summary>A model, with the means of its nodes over prompts.</summary>
    /// <param name="pairs">the prompts, all of one length</param>
    /// <param name="copies">the residual channel that is read, the v channel that reads it, and its weight on the answer</param>
    public static FrozenModel Of(IReadOnlyList<TokenizedPair> pairs, params (int From, int V, float Weight)[] copies)
    {
        using var scope = torch.NewDisposeScope();
        var (config, specs) = (PlantedCircuit.Config, ParameterSpec.Of(PlantedCircuit.Config));
        var arrays = specs.ToDictionary(
            s => s.Name, s => Enumerable.Repeat(s.Kind == ParameterKind.NormGain ? 1f : 0f, (int)s.NumberOfElements).ToArray(),
            StringComparer.Ordinal);
        var d = config.DModel;
        var (wte, head) = (arrays["transformer.wte.weight"], arrays["lm_head.weight"]);
        for (var token = 0; token < config.VocabSize; token++)
        {
            wte[token * d] = token switch { 1 => 4, 2 => -4, _ => 0 };
            wte[(token * d) + 1] = 1; // something for RMSNorm to divide by
            wte[(token * d) + 2] = token switch { 3 => 4, 4 => -4, _ => 0 };
            head[(token * d) + Answer] = token switch { 10 => 2, 11 => -2, _ => 0 };
        }
        foreach (var (from, v, weight) in copies)
        {
            arrays["transformer.h.0.attn.c_attn.weight"][(((2 * d) + v) * d) + from] = 1;
            arrays["transformer.h.0.attn.c_proj.weight"][(Answer * d) + v] = weight;
        }
        var model = new Transformer(
            config, specs.ToDictionary(s => s.Name, s => torch.tensor(arrays[s.Name], [.. s.Shape]), StringComparer.Ordinal));
        var tokens = pairs.SelectMany(p => p.PromptA.Concat(p.PromptB)).Select(t => (long)t).ToArray();
        using var means = MeanCache.Compute(model, [torch.tensor(tokens, [2 * pairs.Count, tokens.Length / (2 * pairs.Count)])]);
        return new FrozenModel(model, means.Means);
    }
}
