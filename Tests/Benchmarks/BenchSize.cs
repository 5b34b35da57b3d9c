namespace Sweeps.Benchmarks;

/// <summary>A model size and batch that figures are given for; d_head 16, vocab 2048.</summary>
/// <param name="Name">for --only</param>
/// <param name="Model">the shape</param>
/// <param name="BatchSize">sequences of n_ctx tokens of a training step</param>
/// <param name="Published">
/// what the public PyTorch implementation takes on two such cores with a tuned allocator and OpenBLAS, in bf16 autocast: for orientation
/// only, it is not run here
/// </param>
/// <param name="Goals">ratios to the plain composition that are aimed at</param>
internal sealed record BenchSize(string Name, ModelConfig Model, int BatchSize, Published Published, Goals Goals)
{
    public const double Density = 1.0 / 64;

    public static BenchSize S { get; } = new(
        "S", new ModelConfig { NLayer = 2, DModel = 256, NCtx = 128 }, 16, new Published(0.22, 0.70, null, null), new Goals(0, 0));

    public static BenchSize M { get; } = new(
        "M", new ModelConfig { NLayer = 4, DModel = 512, NCtx = 256 }, 8, new Published(1.3, 3.4, 3.8, 94), new Goals(3, 11));

    public static IReadOnlyList<BenchSize> All { get; } = [S, M];

    public string Description =>
        $"{Name}: {Model.NLayer} layers, d_model {Model.DModel}, d_mlp {Model.MlpWidth}, batch {BatchSize} × {Model.NCtx}, density 1/64";
}

/// <summary>Seconds of the public implementation, null where none is known.</summary>
/// <param name="Training">training step</param>
/// <param name="MaskTraining">mask-training step, 128 sequences of 64 tokens</param>
/// <param name="Probe">probe of the bisection, 320 sequences of 64 tokens</param>
/// <param name="Calibration">calibration of one probe</param>
internal sealed record Published(double? Training, double? MaskTraining, double? Probe, double? Calibration);

/// <summary>Ratios to aim at, 0 for none.</summary>
/// <param name="Training">of the training step</param>
/// <param name="MaskTraining">of the mask-training step</param>
internal sealed record Goals(double Training, double MaskTraining);
