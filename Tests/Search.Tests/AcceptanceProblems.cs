namespace Sweeps.Search.Tests;

/// <summary>The problems that reference figures of CARBS exist for. u stands for the decades from the centre.</summary>
internal static class AcceptanceProblems
{
    private static readonly double[] _delta = [.6, -.4, .5, -.6, .3, -.5, .4, -.3];
    private static readonly double[] _weights = [1, .1, .3, .1, 1, .3, .05, .5];
    private static readonly double[] _target = [.8, -.3, .4, .2, .3, -.4, 0, -.5];

    /// <summary>A quadratic whose optimum is half a decade from the centre in each of eight dimensions.</summary>
    public static Problem Sphere8 { get; } = new(Problems.Sphere8Space, v => Sphere(v, 8));

    /// <summary>The same, but the better half of the first dimension fails: the optimum is on the boundary.</summary>
    public static Problem HalfFail { get; } = Sphere8 with
    {
        Truth = v => U(v, 0) > 0.3 ? double.NaN : Sphere8.Truth(v),
        Optimum = 0.09,
    };

    /// <summary>
    /// Like a pruning: sizes from 10^1.5 up that flatten far away, dimensions of unequal weight, 10% noise, two ways to fail.
    /// </summary>
    public static Problem PruneSim { get; } = new(Problems.Sphere8Space, PruneSimTruth)
    {
        Noise = (truth, random) => truth * Math.Exp(0.1 * random.NextGaussian()),
        Gap = (state, problem) => Math.Log10(problem.Truth(state.Suggestions[state.Best!.Index].Values)) - 1.5,
    };

    /// <summary>Seven dimensions and a number of steps that is paid for: what each budget would have bought.</summary>
    public static Problem Sphere8Cost { get; } = new(
        new SearchSpace
        {
            Parameters = [.. Problems.Sphere8Space.Parameters.Take(7), new(
                "steps", new LogSpace { IsInteger = true, Min = 5, Max = 3000 }, 30)]
        },
        v => Sphere(v, 7) + (2 * Math.Pow(v[7] / 30, -0.5)))
    {
        Noise = (truth, random) => truth + (0.02 * random.NextGaussian()),
        Cost = v => v[7],
        Gap = (state, problem) => new double[] { 30, 100, 300, 1000, 3000 }.Average(budget =>
        {
            var best = state.Observations.Where(o => o.Output.HasValue && o.Cost <= budget).MinBy(o => o.Output);
            return (best is null ? 4 : problem.Truth(state.Suggestions[best.Index].Values)) - (2 * Math.Pow(budget / 30, -0.5));
        }),
    };

    /// <summary>Branin and Hoo 1972: three equal optima.</summary>
    public static Problem Branin { get; } = new(
        new SearchSpace
        {
            Parameters = [new("x", new LinearSpace { Scale = 5, Min = -5, Max = 10 }, 2.5), new(
                "y", new LinearSpace { Scale = 5, Min = 0, Max = 15 }, 7.5)],
        },
        v => Math.Pow(v[1] - (5.1 / (4 * Math.PI * Math.PI) * v[0] * v[0]) + (5 / Math.PI * v[0]) - 6, 2)
            + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(v[0])) + 10)
    {
        Optimum = 0.39788735772973816,
    };

    /// <summary>Hartmann 1973, six dimensions, six optima.</summary>
    public static Problem Hartmann6 { get; } = new(
        new SearchSpace
        {
            Parameters = Enumerable.Range(0, 6).Select(
                d => new Parameter($"x{d}", new LinearSpace { Scale = 1.0 / 3, Min = 0, Max = 1 }, 0.5)).ToValueList()
        },
        HartmannTruth)
    {
        Optimum = -3.322368011391339,
    };

    /// <summary>Rosenbrock 1960, four dimensions: a curved valley.</summary>
    public static Problem Rosenbrock4 { get; } = new(
        new SearchSpace
        {
            Parameters = Enumerable.Range(0, 4).Select(
                d => new Parameter($"x{d}", new LinearSpace { Min = -2, Max = 2 }, -0.5)).ToValueList()
        },
        v => Enumerable.Range(0, 3).Sum(d => (100 * Math.Pow(v[d + 1] - (v[d] * v[d]), 2)) + Math.Pow(1 - v[d], 2)));

    /// <summary>Integers, rounding factors, Log and Logit together.</summary>
    public static Problem Int4 { get; } = new(Problems.Int4Space, Problems.Int4);

    private static double U(ValueList<double> values, int d) => Math.Log10(values[d] / Problems.Sphere8Space.Parameters[d].Center);

    private static double Sphere(ValueList<double> values, int dimensions) =>
        Enumerable.Range(0, dimensions).Sum(d => Math.Pow(U(values, d) - _delta[d], 2));

    private static double PruneSimTruth(ValueList<double> values)
    {
        double[] u = [.. Enumerable.Range(0, 8).Select(d => U(values, d))];
        if (u[0] > 0.9 + (0.3 * u[4]) || u[4] > 1.2) return double.NaN;
        var q = Enumerable.Range(0, 8).Sum(d => _weights[d] * Math.Pow(u[d] - _target[d], 2));
        return Math.Pow(10, 1.5 + (2 * q / (q + 1.5)));
    }

    private static double HartmannTruth(ValueList<double> x)
    {
        double[] alpha = [1.0, 1.2, 3.0, 3.2];
        double[,] a = { { 10, 3, 17, 3.5, 1.7, 8 }, { 0.05, 10, 17, 0.1, 8, 14 }, { 3, 3.5, 1.7, 10, 17, 8 },
            { 17, 8, 0.05, 10, 0.1, 14 } };
        double[,] p =
        {
            { .1312, .1696, .5569, .0124, .8283, .5886 }, { .2329, .4135, .8307, .3736, .1004, .9991 },
            { .2348, .1451, .3522, .2883, .3047, .6650 }, { .4047, .8828, .8732, .5743, .1091, .0381 },
        };
        return -Enumerable.Range(0, 4).Sum(
            i => alpha[i] * Math.Exp(-Enumerable.Range(0, 6).Sum(d => a[i, d] * Math.Pow(x[d] - p[i, d], 2))));
    }
}
