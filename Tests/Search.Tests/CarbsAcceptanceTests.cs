using System.Globalization;
using Xunit.Abstractions;

namespace Sweeps.Search.Tests;

/// <summary>
/// How well CARBS does, against figures of the public code and of a port of it in NumPy. Each threshold is on the median of ten seeds and
/// lies above the
/// 99.99% point of the bootstrapped medians of both.
/// </summary>
public class CarbsAcceptanceTests(ITestOutputHelper output)
{
    private const int Seeds = 10;

    [Fact]
    public void Sphere8_is_as_close_as_the_reference_at_64_and_at_256() => Check(AcceptanceProblems.Sphere8, 0.08, (8, 0.30));

    [Fact]
    public void Branin_is_as_close_as_the_reference() => Check(AcceptanceProblems.Branin, 0.05, winsOverUniform: 6);

    [Fact]
    public void Hartmann6_is_as_close_as_the_reference() => Check(AcceptanceProblems.Hartmann6, 0.12);

    [Fact]
    public void Sphere8_with_a_cost_is_as_close_as_the_reference() => Check(AcceptanceProblems.Sphere8Cost, 0.45);

    [Fact]
    public void Integers_are_as_close_as_the_reference() => Check(AcceptanceProblems.Int4, 0.06);

    [Fact]
    public void An_optimum_on_a_boundary_of_failure_is_as_close_as_the_reference() => Check(AcceptanceProblems.HalfFail, 0.13);

    [Fact]
    public void A_simulated_pruning_is_as_close_as_the_reference_with_no_more_failures()
    {
        var states = Check(AcceptanceProblems.PruneSim, 0.10);
        var failures = states.Average(s => s.Observations.Count(o => !o.Output.HasValue));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"failures {failures:F1}"));
        Assert.InRange(failures, 0, 60);
    }

    [Fact]
    public void Rosenbrock_is_as_close_as_the_reference_at_64()
    {
        var gaps = Gaps(Run(AcceptanceProblems.Rosenbrock4, "carbs", 8), AcceptanceProblems.Rosenbrock4);
        Assert.True(Median(gaps) <= 8, Show(gaps));
    }

    /// <summary>
    /// 256 evaluations with each of ten seeds: the median gap, and the gap of every seed against chance with the same seed.
    /// </summary>
    private SearchState[] Check(Problem problem, double threshold, (int Rounds, double Threshold)? early = null, int winsOverUniform = 9)
    {
        var states = Run(problem, "carbs", 32);
        var gaps = Gaps(states, problem);
        output.WriteLine(Show(gaps));
        Assert.True(Median(gaps) <= threshold, Show(gaps));
        if (early is { } e)
        {
            var then = Gaps([.. states.Select(s => First(s, e.Rounds))], problem);
            output.WriteLine(Show(then));
            Assert.True(Median(then) <= e.Threshold, Show(then));
        }
        foreach (var (name, radius, wins) in new[] { ("uniform", 0.3, winsOverUniform), ("random", 0.3, 9), ("random", 0.6, 9) })
        {
            var chance = Gaps(Run(problem, name, 32, radius), problem);
            Assert.True(
                gaps.Zip(chance, (a, b) => a < b).Count(won => won) >= wins, $"carbs {Show(gaps)}, {name} {radius}: {Show(chance)}");
        }
        return states;
    }

    private static SearchState[] Run(Problem problem, string algorithm, int rounds, double radius = 0.3)
    {
        // A uniform draw needs bounds.
        var space = algorithm == "uniform" ? Problems.Bounded(problem.Space) : problem.Space;
        var states = new SearchState[Seeds];
        Parallel.For(0, Seeds, i => states[i] = problem.Run(
            SearchState.Create(SearchConfig.For(algorithm, space, (ulong)i + 1) with { InitialRadius = radius }), rounds));
        return states;
    }

    private static SearchState First(SearchState state, int rounds)
    {
        var end = rounds * state.Config.BatchSize;
        return state with
        {
            Suggestions = state.Suggestions.Take(end).ToValueList(),
            Observations = state.Observations.Where(o => o.Index < end).ToValueList()
        };
    }

    private static double[] Gaps(SearchState[] states, Problem problem) => [.. states.Select(s => problem.Gap(s, problem))];

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Show(double[] gaps) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"median {Median(gaps):G3} of {string.Join(" ", gaps.Order().Select(g => g.ToString("G3", CultureInfo.InvariantCulture)))}");
}
