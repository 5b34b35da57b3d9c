using System.Globalization;

namespace Sweeps.Benchmarks;

/// <summary>Seconds of repeated runs; the median is what to quote, the range says how quiet the machine was.</summary>
internal sealed class Timings(IEnumerable<double> seconds)
{
    private readonly double[] _sorted = [.. seconds.Order()];

    public double Median => _sorted.Length % 2 == 1
        ? _sorted[_sorted.Length / 2]
        : (_sorted[(_sorted.Length / 2) - 1] + _sorted[_sorted.Length / 2]) / 2;

    /// <summary>The time that all but a twentieth stay within.</summary>
    public double Percentile95 => Percentile(0.95);

    /// <summary>The time that all but a hundredth stay within.</summary>
    public double Percentile99 => Percentile(0.99);

    /// <summary>
    /// An interval that holds the median with at least 95 %, whatever the distribution: between the values as far from both ends as the
    /// binomial distribution of the number below the median allows. Null where there are fewer than 6 values.
    /// </summary>
    public (double Low, double High)? MedianInterval()
    {
        // The chance that at most `below` of n are below the median, on one side.
        var (n, below, probability) = (_sorted.Length, -1, Math.Pow(0.5, _sorted.Length));
        for (var sum = probability; sum <= 0.025; sum += probability)
        {
            below++;
            probability *= (double)(n - below) / (below + 1);
        }
        return below < 0 ? null : (_sorted[below], _sorted[n - 1 - below]);
    }

    public static void PrintHeader() => Console.WriteLine($"{"",-56} {"median",10} {"min",10} {"max",10}   runs");

    public void Print(string name, string? more = null) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{name,-56} {Show(Median),10} {Show(_sorted[0]),10} {Show(_sorted[^1]),10}   "
            + $"{_sorted.Length}{(more is null ? "" : $"   {more}")}"));

    public static string Show(double seconds) => seconds >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F2} s")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:F1} ms");

    private double Percentile(double share) => _sorted[(int)Math.Ceiling(share * _sorted.Length) - 1];
}
