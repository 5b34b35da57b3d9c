using System.Diagnostics;

namespace Sweeps.Benchmarks;

internal static class Stopwatches
{
    /// <summary>Seconds that <paramref name="work"/> takes.</summary>
    public static double Seconds(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
