using Sweeps.ModelCore.Bridges;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tests.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Bridges;

/// <summary>A dense and a sparse model of different widths, none of whose parameters is zero, and bridges between them.</summary>
internal sealed class TinyBridges : IDisposable
{
    internal static ModelConfig DenseShape { get; } =
        TinyModel.Config with { DModel = 12, DMlp = 20, DPosEmb = 0, AttentionSink = false, ActivationFraction = 1 };

    internal static ModelConfig SparseShape => TinyModel.Config;

    internal TinyBridges(BridgeOptions options, ScalarType dtype = ScalarType.Float64, bool residualTopk = false)
    {
        var sparse = SparseShape with { ResidualTopk = residualTopk };
        Dense = Frozen(TinyModel.Create(DenseShape, 5, dtype));
        Sparse = TinyModel.Create(sparse, 6, dtype);
        Bridges = BridgeSet.Create(options, DenseShape, sparse, 7, torch.CPU, dtype);
        // Biases that are 0 would hide what is wrong with them.
        using var noGradient = torch.no_grad();
        using var generator = new torch.Generator(8);
        using var scope = torch.NewDisposeScope();
        foreach (var (_, value) in Bridges.Parameters)
            if (value.dim() == 1) value.copy_(torch.randn(value.shape, generator: generator) * 0.3);
    }

    internal Transformer Dense { get; }

    internal Transformer Sparse { get; }

    internal BridgeSet Bridges { get; }

    internal IEnumerable<Parameter> Trained => Sparse.Parameters.Concat(Bridges.Parameters);

    internal static Transformer Frozen(Transformer model)
    {
        foreach (var parameter in model.Parameters) parameter.Value.requires_grad_(false);
        return model;
    }

    /// <summary>Bridges that change nothing, between a model and itself.</summary>
    internal static BridgeSet Identity(ModelConfig shape) =>
        new(new BridgeOptions { EncoderFraction = 1 }, shape.NLayer, shape.DModel, shape.DModel, spec =>
            spec.Shape.Count == 2 ? torch.eye(spec.Shape[0]) : torch.zeros([.. spec.Shape]));

    /// <summary>The losses of a batch, and all gradients; zeros where there is none.</summary>
    internal (BridgeLosses Losses, Dictionary<string, Tensor> Gradients) Run(BridgeOptions options, params int[] drawn)
    {
        foreach (var parameter in Trained) parameter.Value.grad = null;
        Tensor tokens = TinyModel.Tokens(1, 3, 6), targets = TinyModel.Tokens(2, 3, 6);
        var losses = new BridgePass(Dense, Sparse, Bridges, options).Run(tokens, targets, drawn);
        return (losses, Trained.ToDictionary(
            p => p.Name, p => p.Value.grad is { } gradient ? gradient.clone() : torch.zeros_like(p.Value), StringComparer.Ordinal));
    }

    public void Dispose()
    {
        foreach (var parameter in Trained) parameter.Value.grad = null;
        Dense.Dispose();
        Sparse.Dispose();
        Bridges.Dispose();
    }
}
