namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// Fits scale and shift of a circuit's final logits [G A.5], from scale 1 and shift 0, by Newton's method. The scale is at least 0: a
/// circuit that says the opposite of what is right has not found it out.
/// </summary>
/// <remarks>
/// The loss is convex in (scale, shift) and each step lets it only fall, so the calibrated loss is never above the loss before. With
/// smoothing, which is what falls then, it may be.
/// </remarks>
internal static class Calibration
{
    private const double SufficientDecrease = 1e-4, SmallGradient = 1e-12, Ridge = 1e-12;

    // Of one step.
    private const int Halvings = 50;

    /// <summary>The fit.</summary>
    /// <param name="Loss">calibrated loss, nats</param>
    /// <param name="Scale">of all logits</param>
    /// <param name="Shift">of the difference A − B</param>
    internal readonly record struct Fit(double Loss, double Scale, double Shift);

    /// <summary>Runs at most <paramref name="steps"/> steps.</summary>
    /// <param name="logits">to calibrate</param>
    /// <param name="steps">Newton's steps</param>
    /// <param name="smoothing">
    /// probability of the wrong completion in what is fitted; the loss given back is that of the right one alone
    /// </param>
    internal static Fit Run(TaskLogits logits, int steps, double smoothing = 0)
    {
        var (byScale, byShift) = logits.MeanMargin();
        var (best, stuck) = Minimise(At(1, 0), steps);
        // Far out on the logits' own scale there is no curvature to go by; where they say nothing there always is.
        if (stuck && Minimise(At(0, 0), steps).Best is var other && other.Value < best.Value) best = other;
        // Convex, so that where the best scale is negative the best one allowed is 0.
        if (best.Scale < 0) best = Minimise(At(0, 0), steps, shiftOnly: true).Best;
        return new Fit(smoothing == 0 ? best.Value : logits.Loss(best.Scale, best.Shift).Loss, best.Scale, best.Shift);

        Point At(double scale, double shift)
        {
            var d = logits.Derivatives(scale, shift);
            // Probability s moved from the right completion to the wrong one adds s times what the right one's logit is above the wrong
            // one's.
            return new Point(scale, shift, d with
            {
                Loss = d.Loss + (smoothing * ((scale * byScale) + (shift * byShift))),
                ByScale = d.ByScale + (smoothing * byScale),
                ByShift = d.ByShift + (smoothing * byShift),
            });
        }

        (Point Best, bool Stuck) Minimise(Point point, int steps, bool shiftOnly = false)
        {
            double Gradient() => shiftOnly ? Math.Abs(point.At.ByShift) : point.Gradient;
            for (var step = 0; step < steps && Gradient() > SmallGradient; step++)
            {
                if (Next(point, shiftOnly) is not { } next) return (point, true);
                point = next;
            }
            return (point, Gradient() > SmallGradient);
        }

        // Along Newton's direction, the whole step or the first of its halves that lets the value fall enough; null where none does.
        Point? Next(Point point, bool shiftOnly)
        {
            var d = shiftOnly ? point.At with { ByScale = 0, ByBoth = 0 } : point.At;
            // Without curvature of its own a variable has no gradient either, and stays.
            var (ss, bb) = (Damped(d.ByScaleTwice), Damped(d.ByShiftTwice));
            var determinant = (ss * bb) - (d.ByBoth * d.ByBoth);
            var scale = -((bb * d.ByScale) - (d.ByBoth * d.ByShift)) / determinant;
            var shift = -((ss * d.ByShift) - (d.ByBoth * d.ByScale)) / determinant;
            var slope = (scale * d.ByScale) + (shift * d.ByShift);
            if (!(slope < 0) || !double.IsFinite(scale) || !double.IsFinite(shift)) return null;
            for (var (length, halving) = (1.0, 0); halving < Halvings; length /= 2, halving++)
            {
                var next = At(point.Scale + (length * scale), point.Shift + (length * shift));
                if (next.Value < point.Value && next.Value <= point.Value + (SufficientDecrease * length * slope)) return next;
            }
            return null;
        }

        static double Damped(double curvature) => curvature > 0 ? curvature * (1 + Ridge) : 1;
    }

    private readonly record struct Point(double Scale, double Shift, TaskLogits.LossDerivatives At)
    {
        internal double Value => At.Loss;

        internal double Gradient => Math.Max(Math.Abs(At.ByScale), Math.Abs(At.ByShift));
    }
}
