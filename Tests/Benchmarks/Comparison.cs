using System.Globalization;

namespace Sweeps.Benchmarks;

/// <summary>
/// The kernels against the plain composition of ATen operators, on the same allocator and the same threads. The two take turns, so that a
/// machine whose speed
/// drifts slows both; the ratio is that of the medians, beside an interval of 95 % for the median ratio of a turn of both.
/// </summary>
internal static class Comparison
{
    public static void PrintHeader() => Console.WriteLine($"{"",-56} {"plain",10} {"kernels",10} {"ratio",8}   goal");

    // What takes less is run as often as fills this time: alone it would find caches and threads as the other one left them.
    private const double LeastSeconds = 0.03;

    /// <summary>Times both, <paramref name="runs"/> times each after one run to warm up.</summary>
    /// <param name="name">of the row</param>
    /// <param name="runs">repetitions</param>
    /// <param name="goal">ratio that is aimed at, or 0 for none</param>
    /// <param name="plain">runs with the kernels switched off</param>
    /// <param name="kernels">runs with them</param>
    public static void Run(string name, int runs, double goal, Action plain, Action kernels)
    {
        List<double> before = [], after = [];
        Stopwatches.Seconds(kernels);
        var repeats = (int)Math.Ceiling(LeastSeconds / Stopwatches.Seconds(kernels));
        for (var run = 0; run <= runs; run++)
        {
            Side.Take(kernels: false);
            var slow = Stopwatches.Seconds(plain, repeats);
            Side.Take(kernels: true);
            var fast = Stopwatches.Seconds(kernels, repeats);
            if (run == 0) continue;
            before.Add(slow);
            after.Add(fast);
        }
        var ratios = new Timings(before.Zip(after, (plain, kernels) => plain / kernels));
        Print(name, new Timings(before), new Timings(after), goal, ratios.MedianInterval() is var (low, high)
            ? string.Create(CultureInfo.InvariantCulture, $"pairs: {low:F1}× to {high:F1}×")
            : null);
    }

    public static void Print(string name, Timings plain, Timings kernels, double goal, string? more = null) =>
        Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-56} {Timings.Show(plain.Median),10} {Timings.Show(kernels.Median),10} {plain.Median / kernels.Median,7:F1}×   "
            + $"{(goal > 0 ? $"≥ {goal}×" : "")}{(more is null ? "" : $"   {more}")}"));
}
