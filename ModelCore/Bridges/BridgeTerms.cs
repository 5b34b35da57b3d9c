using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>The terms of the loss of bridges [G A.3]. Gradients flow to the prediction alone.</summary>
internal static class BridgeTerms
{
    /// <summary>
    /// The squared error relative to the variance over the batch, Σ‖p − a‖² / Σ‖a − ā‖²; 1 for a prediction of the mean.
    /// </summary>
    /// <param name="prediction">p (..., d)</param>
    /// <param name="actual">a, of the same shape</param>
    /// <param name="kind">a ratio of sums, or a mean of ratios</param>
    /// <returns>a scalar; where all actual values are the same, that of a very small variance, 0 for a perfect prediction</returns>
    internal static Tensor Nmse(Tensor prediction, Tensor actual, NmseKind kind)
    {
        using var scope = torch.NewDisposeScope();
        var width = actual.size(-1);
        var a = actual.detach().reshape(-1, width); // (N, d)
        var variance = (a - a.mean([0], keepdim: true)).square().sum(1); // (N)
        var error = (prediction.reshape(-1, width) - a).square().sum(1); // (N)
        var ratio = kind == NmseKind.Ratio
            ? error.sum() / variance.sum().clamp(min: Smallest)
            : (error / variance.clamp(min: Smallest)).mean();
        return ratio.MoveToOuterDisposeScope();
    }

    /// <summary>KL(target ‖ softmax(logits)) over the whole vocabulary, mean over the tokens, nats.</summary>
    /// <param name="target">the target's logarithms of probabilities, (..., V)</param>
    /// <param name="logits">of the same shape</param>
    /// <returns>a scalar</returns>
    internal static Tensor Divergence(Tensor target, Tensor logits)
    {
        using var scope = torch.NewDisposeScope();
        var log = target.detach();
        return (log.exp() * (log - logits.log_softmax(-1))).sum(-1).mean().MoveToOuterDisposeScope();
    }

    /// <summary>The gradient of <see cref="Divergence"/> by the logits, (softmax(logits) − target) / tokens.</summary>
    /// <param name="target">as there</param>
    /// <param name="logits">as there</param>
    /// <param name="weight">times this</param>
    internal static Tensor DivergenceSlope(Tensor target, Tensor logits, double weight)
    {
        using var scope = torch.NewDisposeScope();
        var tokens = logits.numel() / logits.size(-1);
        return ((logits.softmax(-1) - target.exp()) * (weight / tokens)).MoveToOuterDisposeScope();
    }

    // Of a variance that is divided by: float32 has smaller squares, and they are rounding.
    private const double Smallest = 1e-30;
}
