using System.Diagnostics;
using System.Globalization;
using Sweeps.Search;

namespace Sweeps.Benchmarks;

/// <summary>What CARBS takes to suggest, late in a search of the size that a model and a task get.</summary>
internal static class SearchBench
{
    private const int Rounds = 32, Batch = 8, SamplesPerRun = 10;

    public static void Run(int runs)
    {
        Console.WriteLine(
            $"Search: suggestions after {Rounds * Batch} observations of {PaperSpaces.Pruning.Dimensions} parameters, goals 30 ms (95%: "
                + $"60 ms) for one, 250 ms for eight");
        Measure("output", Searched((_, _) => false, _ => 1), runs);
        // A third fail, and what an evaluation costs depends on the point.
        Measure(
            "output, cost and success",
            Searched((state, s) => s.Basic[0] > state.Config.Space.ToBasic(state.Config.Space.Center)[0] + 0.1, s => 1 + s.Values[4]),
            runs);
    }

    private static void Measure(string models, SearchState state, int runs)
    {
        var failures = state.Observations.Count(o => o.Status == ObservationStatus.Failure);
        foreach (var count in new[] { 1, Batch })
        {
            // The first calls compile the code.
            for (var i = 0; i < SamplesPerRun; i++) SearchAlgorithms.Suggest(state, count);
            var timings = new Timings(Enumerable.Range(0, runs * SamplesPerRun).Select(_ =>
            {
                var start = Stopwatch.GetTimestamp();
                SearchAlgorithms.Suggest(state, count);
                return Stopwatch.GetElapsedTime(start).TotalSeconds;
            }).ToList());
            timings.Print(
                $"  {count} by models of {models}",
                string.Create(CultureInfo.InvariantCulture, $"95% {Timings.Show(timings.Percentile95)}, {failures} failures"));
        }
    }

    private static SearchState Searched(Func<SearchState, Suggestion, bool> fails, Func<Suggestion, double> cost)
    {
        // Repeats take no time: without them every suggestion is a model's.
        var config = SearchConfig.For("carbs", PaperSpaces.Pruning, seed: 1) with { Carbs = new CarbsOptions { ResampleFrequency = 0 } };
        var state = SearchState.Create(config);
        var center = config.Space.ToBasic(config.Space.Center);
        for (var round = 0; round < Rounds; round++)
        {
            var suggestions = SearchAlgorithms.Suggest(state, Batch);
            state = state.Issue(suggestions);
            foreach (var s in suggestions)
                state = state.Observe(
                    s.Index, fails(state, s) ? double.NaN : s.Basic.Zip(center, (b, c) => Math.Pow(b - c - 0.4, 2)).Sum(), cost(s));
        }
        return state;
    }
}
