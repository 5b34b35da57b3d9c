using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>
/// The rest of a model from a residual on, there and back, by kernels where it has them and in libtorch's graph elsewhere.
/// </summary>
internal static class RestOfModel
{
    /// <summary>How far the model that goes on from a value is from a distribution, and the gradient by the value.</summary>
    /// <param name="model">its parameters' gradients are added to those that they have, unless they want none</param>
    /// <param name="at">a residual</param>
    /// <param name="value">its value, (B, T, d)</param>
    /// <param name="tokens">int64 (B, T)</param>
    /// <param name="target">logarithms of probabilities, (B, T, V)</param>
    /// <param name="weight">the gradients are those of the divergence times this</param>
    /// <returns>the divergence, a scalar; the gradient, (B, T, d)</returns>
    internal static (Tensor Divergence, Tensor Slope) Divergence(
        Transformer model, ValueLocation at, Tensor value, Tensor tokens, Tensor target, double weight)
    {
        using var scope = torch.NewDisposeScope();
        var (divergence, slope) = model.HasPasses(tokens)
            ? ByKernels(model, at, value, tokens, target, weight)
            : ByGraph(model, at, value, tokens, target, weight);
        return (divergence.MoveToOuterDisposeScope(), slope.MoveToOuterDisposeScope());
    }

    private static (Tensor Divergence, Tensor Slope) ByKernels(
        Transformer model, ValueLocation at, Tensor value, Tensor tokens, Tensor target, double weight)
    {
        using var noGradient = torch.no_grad();
        var trains = model.Parameters[0].Value.requires_grad;
        using var pass = new Transformer.ResidualPass(model, tokens, trains, adds: true, at, value);
        var flat = target.view(pass.Logits.shape);
        var divergence = BridgeTerms.Divergence(flat, pass.Logits);
        return (divergence, pass.Backward(BridgeTerms.DivergenceSlope(flat, pass.Logits, weight)).view(value.shape));
    }

    private static (Tensor Divergence, Tensor Slope) ByGraph(
        Transformer model, ValueLocation at, Tensor value, Tensor tokens, Tensor target, double weight)
    {
        var leaf = value.detach().requires_grad_();
        var divergence = BridgeTerms.Divergence(target, model.ForwardFrom(at, leaf, tokens));
        KernelBackward.Run(() => (divergence * weight).backward());
        return (divergence.detach(), leaf.grad!);
    }
}
