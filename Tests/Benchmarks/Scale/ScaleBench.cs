using System.Globalization;
using Sweeps.Actors.Devices;

namespace Sweeps.Benchmarks.Scale;

/// <summary>
/// How the orchestrator grows: one sweep of each size, through actors, journal and disk, on a thousand devices that answer at once.
/// </summary>
internal static class ScaleBench
{
    public const int Devices = 1000;
    private static readonly int[] _sizes = [1000, 10_000, 100_000, 1_000_000];

    public static async Task RunAsync(string root, int largest, StoreOptions store)
    {
        Console.WriteLine(
            $"Scale: sweeps of that many trainings on {Devices} devices that answer at once; {Stores.Describe(store)}, every event "
                + $"synced before it counts");
        // The first run compiles the code.
        await ScaleSweep.RunAsync(root, _sizes[0], store);
        Console.WriteLine(
            $"{"trials",10} {"trials/s",10} {"CPU/trial",10} {"events/s",10} {"sync",8} {"journal/trial",14} {"memory/trial",13} "
                + $"{"peak memory",12} {"recovery",9} {"its CPU",8} {"report read",12} {"broker 50%",11} {"broker 99%",11}");
        foreach (var size in _sizes.Where(s => s <= largest))
        {
            var sync = SyncTime(root);
            var r = await ScaleSweep.RunAsync(root, size, store);
            var broker = BrokerDecisions.Measure(size, Devices);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{size,10} {r.TrialsPerSecond,10:F0} {r.CpuPerTrial * 1e6,7:F0} µs {r.EventsPerSecond,10:F0} {sync * 1e3,5:F1} ms "
                    + $"{r.JournalBytesPerTrial / 1024.0,11:F2} KB {r.MemoryPerTrial / 1024.0,10:F2} KB {r.PeakMemory >> 20,9} MB "
                    + $"{r.RecoverySeconds,7:F2} s {r.RecoveryCpu,6:F2} s {r.ReadSeconds,10:F2} s {broker.Median * 1e6,8:F1} µs "
                    + $"{broker.Percentile99 * 1e6,8:F1} µs"));
        }
    }

    /// <summary>What the disk takes to sync a page at this moment, the median of some: it decides how much a commit costs.</summary>
    private static double SyncTime(string root)
    {
        using var file = new FileStream(Path.Combine(root, "sync"), FileMode.Create, FileAccess.Write, FileShare.None, 0);
        return new Timings(Enumerable.Range(0, 20).Select(_ => Stopwatches.Seconds(() =>
        {
            file.Write(new byte[4096]);
            file.Flush(flushToDisk: true);
        })).ToList()).Median;
    }
}
