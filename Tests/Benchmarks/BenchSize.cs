using Sweeps.ModelCore.Model;

namespace Sweeps.Benchmarks;

/// <summary>A model size and batch that figures are given for; d_head 16, vocab 2048, density 1/64.</summary>
/// <param name="Name">S or M</param>
/// <param name="Model">the shape</param>
/// <param name="BatchSize">sequences of n_ctx tokens of a training step</param>
internal sealed record BenchSize(string Name, ModelConfig Model, int BatchSize)
{
    public const double Density = 1.0 / 64;

    public static IReadOnlyList<BenchSize> All { get; } =
    [
        new("S", new ModelConfig { NLayer = 2, DModel = 256, NCtx = 128 }, 16),
        new("M", new ModelConfig { NLayer = 4, DModel = 512, NCtx = 256 }, 8),
    ];

    public string Description => $"{Name}: {Model.NLayer} layers, d_model {Model.DModel}, d_mlp {Model.MlpWidth}, batch {BatchSize} × {Model.NCtx}";
}
