namespace Sweeps.ModelCore.Pruning;

/// <summary>Fits scale and shift of a circuit's final logits by L-BFGS [G A.5], from scale 1 and shift 0.</summary>
/// <remarks>
/// The loss is convex in (scale, shift). Each step tries the quasi-Newton direction and halves it until the loss falls enough (Armijo), so the
/// calibrated loss is never above the loss before. With two unknowns the last two curvature pairs are all the history that matters; eight are kept.
/// </remarks>
internal static class Calibration
{
    private const int History = 8;
    private const int MaxHalvings = 30;
    private const double SufficientDecrease = 1e-4;

    /// <summary>The fit.</summary>
    /// <param name="Loss">calibrated loss, nats</param>
    /// <param name="Scale">of all logits</param>
    /// <param name="Shift">of the difference A − B</param>
    internal readonly record struct Fit(double Loss, double Scale, double Shift);

    /// <summary>Runs at most <paramref name="steps"/> steps; stops early where the gradient vanishes or no step helps.</summary>
    internal static Fit Run(TaskLogits logits, int steps)
    {
        var x = (Scale: 1.0, Shift: 0.0);
        var (loss, gs, gb) = logits.Loss(x.Scale, x.Shift);
        var pairs = new List<(double Ss, double Sb, double Ys, double Yb, double Rho)>(History);
        for (var step = 0; step < steps; step++)
        {
            var (ds, db) = Direction(gs, gb, pairs);
            var slope = (ds * gs) + (db * gb);
            if (!(slope < 0)) break; // at the minimum, or not a number
            // The first direction is the bare gradient, whose length means nothing: start with a step of at most 1.
            var length = step == 0 ? Math.Min(1, 1 / Math.Sqrt((gs * gs) + (gb * gb))) : 1;
            var halvings = 0;
            (double Loss, double ByScale, double ByShift) next;
            while (true)
            {
                next = logits.Loss(x.Scale + (length * ds), x.Shift + (length * db));
                if (next.Loss <= loss + (SufficientDecrease * length * slope)) break;
                if (++halvings > MaxHalvings) return new Fit(loss, x.Scale, x.Shift);
                length /= 2;
            }
            var (ss, sb, ys, yb) = (length * ds, length * db, next.ByScale - gs, next.ByShift - gb);
            var curvature = (ss * ys) + (sb * yb);
            if (curvature > 1e-300)
            {
                if (pairs.Count == History) pairs.RemoveAt(0);
                pairs.Add((ss, sb, ys, yb, 1 / curvature));
            }
            x = (x.Scale + ss, x.Shift + sb);
            (loss, gs, gb) = next;
        }
        return new Fit(loss, x.Scale, x.Shift);
    }

    // The two-loop recursion (Nocedal and Wright 2006, algorithm 7.4).
    private static (double, double) Direction(double gs, double gb, List<(double Ss, double Sb, double Ys, double Yb, double Rho)> pairs)
    {
        var (qs, qb) = (gs, gb);
        Span<double> alphas = stackalloc double[History];
        for (var i = pairs.Count - 1; i >= 0; i--)
        {
            var p = pairs[i];
            alphas[i] = p.Rho * ((p.Ss * qs) + (p.Sb * qb));
            (qs, qb) = (qs - (alphas[i] * p.Ys), qb - (alphas[i] * p.Yb));
        }
        if (pairs.Count > 0)
        {
            var p = pairs[^1];
            var gamma = 1 / (p.Rho * ((p.Ys * p.Ys) + (p.Yb * p.Yb)));
            (qs, qb) = (gamma * qs, gamma * qb);
        }
        for (var i = 0; i < pairs.Count; i++)
        {
            var p = pairs[i];
            var beta = p.Rho * ((p.Ys * qs) + (p.Yb * qb));
            (qs, qb) = (qs + ((alphas[i] - beta) * p.Ss), qb + ((alphas[i] - beta) * p.Sb));
        }
        return (-qs, -qb);
    }
}
