using Sweeps.ModelCore.Model;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Model;

/// <summary>Models with sparse weights that the native passes can run: plain, with every option, and with many equal activations.</summary>
internal static class SparseModel
{
    internal const int VocabSize = 50;

    private static readonly ModelConfig _plain = new() { NLayer = 3, DModel = 48, NCtx = 40, VocabSize = VocabSize, BigramTable = true };
    private static readonly ModelConfig _withOptions = _plain with
    {
        NLayer = 2,
        DPosEmb = 5,
        AttentionSink = true,
        ActivationFraction = 0.4,
        DMlp = 100,
        BigramTable = false,
        ActivationSites = [NodeSite.AttnActIn, NodeSite.AttnK, NodeSite.MlpPostAct, NodeSite.MlpResidDelta],
    };

    internal static IReadOnlyList<string> Names { get; } = ["plain", "with options", "ties"];

    /// <summary>Of one of <see cref="Names"/>, or "residual", which has AbsTopK on the residual and is not for the native passes.</summary>
    internal static ModelConfig Config(string name) => name switch
    {
        "plain" => _plain,
        "ties" => _plain with { ActivationFraction = 0.4 },
        "residual" => _withOptions with { ResidualTopk = true },
        _ => _withOptions,
    };

    internal static Transformer Create(string name)
    {
        using var scope = torch.NewDisposeScope();
        var random = new KeyedRandom(3, name);
        var config = Config(name);
        var tensors = ParameterSpec.Of(config).ToDictionary(
            spec =>
                spec.Name, spec =>
                    torch.tensor(name == "ties" ? WithTies(Values(spec), spec) : Values(spec), [.. spec.Shape]), StringComparer.Ordinal);
        return new Transformer(config, tensors);

        // One weight in eight, so large that the residual does not drown what the layers write.
        float[] Values(ParameterSpec spec) =>
        [
            .. Enumerable.Range(0, (int)spec.NumberOfElements).Select(_ => spec.Kind switch
            {
                ParameterKind.NormGain => (float)(1 + (0.2 * random.NextGaussian())),
                ParameterKind.Matrix or ParameterKind.OutputProjection => random.NextDouble() < 0.125 ? (float)random.NextGaussian() : 0,
                _ => (float)(0.5 * random.NextGaussian()),
            }),
        ];
    }

    // Every second channel says what the one before it says, so that an odd k cuts between equals; and of eight channels two say nothing,
    // so that zeros are many.
    private static float[] WithTies(float[] values, ParameterSpec spec)
    {
        if (spec.Name is "lm_head.weight" or "bigram_table" || spec.Kind == ParameterKind.NormGain) return values;
        var byColumn = spec.Name.EndsWith("wte.weight", StringComparison.Ordinal);
        var width = spec.Shape.Count == 1 ? 1 : (int)spec.Shape[1];
        for (var i = 0; i < values.Length; i++)
        {
            var channel = byColumn ? i % width : i / width;
            if (channel % 8 >= 6) values[i] = 0;
            else if (channel % 2 == 1) values[i] = values[byColumn ? i - 1 : i - width];
        }
        return values;
    }
}
