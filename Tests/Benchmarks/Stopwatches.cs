using System.Diagnostics;

namespace Sweeps.Benchmarks;

internal static class Stopwatches
{
    /// <summary>Seconds that <paramref name="work"/> takes, the mean of so many times in a row.</summary>
    public static double Seconds(Action work, int times = 1)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < times; i++) work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / times;
    }
}
