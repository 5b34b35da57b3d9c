using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Fits scale and shift of a circuit's final logits by L-BFGS [G A.5], from scale 1 and shift 0.</summary>
/// <remarks>
/// The loss is convex in (scale, shift) and each step's line search lets it only fall, so the calibrated loss is never above the loss before. With smoothing, which is what falls then, it may be.
/// </remarks>
internal static class Calibration
{
    /// <summary>The fit.</summary>
    /// <param name="Loss">calibrated loss, nats</param>
    /// <param name="Scale">of all logits</param>
    /// <param name="Shift">of the difference A − B</param>
    internal readonly record struct Fit(double Loss, double Scale, double Shift);

    /// <summary>Runs at most <paramref name="steps"/> steps.</summary>
    /// <param name="logits">to calibrate</param>
    /// <param name="steps">L-BFGS steps</param>
    /// <param name="smoothing">probability of the wrong completion in what is fitted; the loss given back is that of the right one alone</param>
    internal static Fit Run(TaskLogits logits, int steps, double smoothing = 0)
    {
        var (byScale, byShift) = logits.MeanMargin();
        var result = Lbfgs.Minimise(
            (x, gradient) =>
            {
                (var loss, gradient[0], gradient[1]) = logits.Loss(x[0], x[1]);
                // Probability s moved from the right completion to the wrong one adds s times what the right one's logit is above the wrong one's.
                gradient[0] += smoothing * byScale;
                gradient[1] += smoothing * byShift;
                return loss + (smoothing * ((x[0] * byScale) + (x[1] * byShift)));
            },
            [1, 0], steps, gradientTolerance: 1e-12, changeTolerance: 0, history: 10);
        return new Fit(smoothing == 0 ? result.Value : logits.Loss(result.X[0], result.X[1]).Loss, result.X[0], result.X[1]);
    }
}
