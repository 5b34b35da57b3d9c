using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Fits scale and shift of a circuit's final logits by L-BFGS [G A.5], from scale 1 and shift 0.</summary>
/// <remarks>The loss is convex in (scale, shift) and each step's line search lets it only fall, so the calibrated loss is never above the loss before.</remarks>
internal static class Calibration
{
    /// <summary>The fit.</summary>
    /// <param name="Loss">calibrated loss, nats</param>
    /// <param name="Scale">of all logits</param>
    /// <param name="Shift">of the difference A − B</param>
    internal readonly record struct Fit(double Loss, double Scale, double Shift);

    /// <summary>Runs at most <paramref name="steps"/> steps.</summary>
    internal static Fit Run(TaskLogits logits, int steps)
    {
        var result = Lbfgs.Minimise(
            (x, gradient) =>
            {
                (var loss, gradient[0], gradient[1]) = logits.Loss(x[0], x[1]);
                return loss;
            },
            [1, 0], steps, gradientTolerance: 1e-12, changeTolerance: 0, history: 10);
        return new Fit(result.Value, result.X[0], result.X[1]);
    }
}
