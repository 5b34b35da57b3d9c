using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Model;

internal static class TinyModel
{
    public static ModelConfig Config { get; } = new()
    {
        NLayer = 2,
        DModel = 8,
        DHead = 4,
        DMlp = 12,
        NCtx = 6,
        VocabSize = 11,
        DPosEmb = 3,
        AttentionSink = true,
        ActivationFraction = 0.5,
    };

    /// <summary>A model none of whose parameters is zero, so that every one of them matters.</summary>
    public static Transformer Create(ModelConfig? config = null, ulong seed = 1, ScalarType dtype = ScalarType.Float32)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(seed);
        var shape = config ?? Config;
        var tensors = ParameterSpec.Of(shape).ToDictionary(
            spec => spec.Name,
            spec =>
                torch.randn([.. spec.Shape], generator: generator).mul_(0.4).add_(spec.Kind == ParameterKind.NormGain ? 1 : 0).to(dtype),
            StringComparer.Ordinal);
        return new Transformer(shape, tensors);
    }

    public static Tensor Tokens(ulong seed, params long[] shape)
    {
        using var generator = new torch.Generator(seed);
        return torch.randint(0, Config.VocabSize, shape, dtype: ScalarType.Int64, generator: generator);
    }
}
