namespace Sweeps.ModelCore.Torch;

/// <summary>Line search for the strong Wolfe conditions (Nocedal and Wright, algorithms 3.5 and 3.6).</summary>
internal sealed class WolfeSearch(Func<double[], double[], double> f)
{
    private const double C1 = 1e-4; // sufficient decrease
    private const double C2 = 0.9; // curvature, the usual value for quasi-Newton directions
    private const int MaxEvaluations = 25;

    internal int Evaluations { get; private set; }

    /// <summary>A point with its value and gradient.</summary>
    internal sealed record Point(double[] X, double Value, double[] Gradient)
    {
        internal bool IsFinite => double.IsFinite(Value) && Array.TrueForAll(Gradient, double.IsFinite);
    }

    internal Point Evaluate(double[] x)
    {
        Evaluations++;
        var gradient = new double[x.Length];
        var copy = (double[])x.Clone();
        return new(copy, f(copy, gradient), gradient);
    }

    /// <summary>A point along a descent direction that satisfies the conditions, or else the lowest found; null where none is lower.</summary>
    internal Point? Along(Point origin, double[] direction, double firstStep)
    {
        var slope0 = Lbfgs.Dot(origin.Gradient, direction);
        var limit = Evaluations + MaxEvaluations;
        var low = new Trial(0, origin, slope0);
        var step = firstStep;
        while (Evaluations < limit)
        {
            var trial = Try(step);
            if (TooHigh(trial) || trial.Point.Value >= low.Point.Value && low.Step > 0) return Zoom(low, trial);
            if (Math.Abs(trial.Slope) <= -C2 * slope0) return trial.Point;
            if (trial.Slope >= 0) return Zoom(trial, low);
            // Still falling: go on, at most tenfold, to where the cubic through both points has its minimum.
            var previous = low;
            low = trial;
            step = Math.Clamp(Minimum(previous, trial) ?? 0, 2 * trial.Step, 10 * trial.Step);
        }

        return Lower(low);

        Trial Try(double t)
        {
            var x = new double[direction.Length];
            for (var i = 0; i < x.Length; i++) x[i] = origin.X[i] + t * direction[i];
            var point = Evaluate(x);
            return new(t, point, point.IsFinite ? Lbfgs.Dot(point.Gradient, direction) : double.NaN);
        }

        bool TooHigh(Trial t) => !t.Point.IsFinite || t.Point.Value > origin.Value + C1 * t.Step * slope0;

        Point? Lower(Trial t) => t.Step > 0 && t.Point.Value < origin.Value ? t.Point : null;

        // a has the lowest value so far, and the function falls from a towards b.
        Point? Zoom(Trial a, Trial b)
        {
            while (Evaluations < limit)
            {
                var (left, right) = (Math.Min(a.Step, b.Step), Math.Max(a.Step, b.Step));
                var margin = 0.1 * (right - left);
                if (margin <= 1e-16 * right) break;
                var trial = Try(Math.Clamp(Minimum(a, b) ?? (left + right) / 2, left + margin, right - margin));
                if (TooHigh(trial) || trial.Point.Value >= a.Point.Value)
                {
                    b = trial;
                    continue;
                }

                if (Math.Abs(trial.Slope) <= -C2 * slope0) return trial.Point;
                if (trial.Slope * (b.Step - a.Step) >= 0) b = a;
                a = trial;
            }

            return Lower(a);
        }
    }

    private readonly record struct Trial(double Step, Point Point, double Slope);

    // Minimum of the cubic with the values and slopes at both ends (eq. 3.59); null where there is none.
    private static double? Minimum(Trial a, Trial b)
    {
        if (!a.Point.IsFinite || !b.Point.IsFinite) return null;
        var d1 = a.Slope + b.Slope - 3 * (a.Point.Value - b.Point.Value) / (a.Step - b.Step);
        var square = d1 * d1 - a.Slope * b.Slope;
        if (!(square >= 0)) return null;
        var d2 = Math.Sign(b.Step - a.Step) * Math.Sqrt(square);
        var minimum = b.Step - (b.Step - a.Step) * ((b.Slope + d2 - d1) / (b.Slope - a.Slope + 2 * d2));
        return double.IsFinite(minimum) ? minimum : null;
    }
}
