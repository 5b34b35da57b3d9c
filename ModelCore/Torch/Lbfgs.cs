namespace Sweeps.ModelCore.Torch;

/// <summary>Why a minimisation stopped.</summary>
public enum LbfgsStop
{
    /// <summary>every derivative is within the tolerance</summary>
    Gradient,

    /// <summary>neither the point nor the value changed by more than the tolerance</summary>
    Change,

    /// <summary>the largest number of steps was made</summary>
    Iterations,

    /// <summary>no smaller value was found along the gradient either: the value is exact to rounding only</summary>
    LineSearch,

    /// <summary>the value or a derivative at the start is not finite</summary>
    NotFinite,
}

/// <summary>Outcome of a minimisation.</summary>
/// <param name="X">best point</param>
/// <param name="Value">value there</param>
/// <param name="MaxGradient">largest absolute derivative there</param>
/// <param name="Iterations">steps made</param>
/// <param name="Evaluations">evaluations of value and gradient</param>
/// <param name="Stop">why it stopped</param>
public sealed record LbfgsResult(double[] X, double Value, double MaxGradient, int Iterations, int Evaluations, LbfgsStop Stop);

/// <summary>Limited-memory BFGS (Nocedal and Wright, Numerical Optimization, 2nd ed., algorithms 7.4 and 7.5).</summary>
internal static class Lbfgs
{
    /// <param name="f">value at x; writes the gradient into its second argument</param>
    /// <param name="start">where to begin</param>
    /// <param name="maxIterations">steps at most</param>
    /// <param name="gradientTolerance">stop when no absolute derivative is larger</param>
    /// <param name="changeTolerance">stop when neither a coordinate nor the value changes by more</param>
    /// <param name="history">pairs (s, y) kept</param>
    internal static LbfgsResult Minimise(
        Func<double[], double[], double> f, double[] start, int maxIterations, double gradientTolerance, double changeTolerance, int history)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxIterations, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(history, 1);
        var search = new WolfeSearch(f);
        var point = search.Evaluate(start);
        if (!point.IsFinite) return Outcome(0, LbfgsStop.NotFinite);

        var pairs = new List<(double[] S, double[] Y, double Rho)>();
        for (var k = 0; k < maxIterations; k++)
        {
            if (MaxAbs(point.Gradient) <= gradientTolerance) return Outcome(k, LbfgsStop.Gradient);

            var direction = Direction(point.Gradient, pairs);
            if (Dot(direction, point.Gradient) >= 0)
            {
                pairs.Clear();
                direction = Direction(point.Gradient, pairs);
            }

            // Without curvature the gradient says nothing about the length of the step.
            var first = pairs.Count == 0 ? Math.Min(1, 1 / point.Gradient.Sum(Math.Abs)) : 1;
            if (search.Along(point, direction, first) is not { } next)
            {
                if (pairs.Count == 0) return Outcome(k, LbfgsStop.LineSearch);
                pairs.Clear();
                continue;
            }

            var s = Minus(next.X, point.X);
            var y = Minus(next.Gradient, point.Gradient);
            var sy = Dot(s, y);
            if (sy > 1e-10 * Dot(y, y))
            {
                if (pairs.Count == history) pairs.RemoveAt(0);
                pairs.Add((s, y, 1 / sy));
            }

            var change = Math.Max(MaxAbs(s), Math.Abs(next.Value - point.Value));
            point = next;
            if (change <= changeTolerance) return Outcome(k + 1, LbfgsStop.Change);
        }

        return Outcome(maxIterations, MaxAbs(point.Gradient) <= gradientTolerance ? LbfgsStop.Gradient : LbfgsStop.Iterations);

        LbfgsResult Outcome(int iterations, LbfgsStop stop)
            => new(point.X, point.Value, MaxAbs(point.Gradient), iterations, search.Evaluations, stop);
    }

    // Two-loop recursion: -H g, with H the estimate of the inverse Hessian.
    private static double[] Direction(double[] gradient, List<(double[] S, double[] Y, double Rho)> pairs)
    {
        var q = Array.ConvertAll(gradient, g => -g);
        if (pairs.Count == 0) return q;
        var alpha = new double[pairs.Count];
        for (var i = pairs.Count - 1; i >= 0; i--)
        {
            var (s, y, rho) = pairs[i];
            alpha[i] = rho * Dot(s, q);
            AddTo(q, y, -alpha[i]);
        }

        var (_, lastY, lastRho) = pairs[^1];
        var gamma = 1 / (lastRho * Dot(lastY, lastY));
        for (var i = 0; i < q.Length; i++) q[i] *= gamma;
        for (var i = 0; i < pairs.Count; i++)
        {
            var (s, y, rho) = pairs[i];
            AddTo(q, s, alpha[i] - rho * Dot(y, q));
        }

        return q;
    }

    internal static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static void AddTo(double[] a, double[] b, double factor)
    {
        for (var i = 0; i < a.Length; i++) a[i] += factor * b[i];
    }

    private static double[] Minus(double[] a, double[] b)
    {
        var difference = new double[a.Length];
        for (var i = 0; i < a.Length; i++) difference[i] = a[i] - b[i];
        return difference;
    }

    private static double MaxAbs(double[] a)
    {
        var max = 0.0;
        foreach (var x in a) max = Math.Max(max, Math.Abs(x));
        return max;
    }
}
