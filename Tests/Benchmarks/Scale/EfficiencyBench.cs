using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Simulator;

namespace Sweeps.Benchmarks.Scale;

/// <summary>
/// How much of their time simulated devices work, from 1 to 64: whole sweeps through actors, journal and disk, with jobs that take as long
/// as real ones do, only <see cref="Speed"/> times as fast. The work grows with the number of devices.
/// </summary>
internal static class EfficiencyBench
{
    /// <summary>How much faster a simulated device is than the real one that was measured.</summary>
    public const double Speed = 20;

    private const int ModelsPerDevice = 2;

    private static readonly int[] _devices = [1, 2, 4, 8, 16, 32, 64];

    public static async Task RunAsync(string root, StoreOptions store)
    {
        Console.WriteLine(
            $"Efficiency: sweeps of {ModelsPerDevice} models, 2 tasks each, 2 rounds of 8 prunings per device; jobs take 1/{Speed:F0} of "
                + $"what real ones took; {Stores.Describe(store)}");
        // The first run compiles the code.
        await RunAsync(root, 1, store);
        Console.WriteLine($"{"devices",8} {"jobs",8} {"jobs/s",8} {"wall",9} {"at work",9} {"waiting",9} {"at the end",11} {"CPU/job",10}");
        foreach (var devices in _devices)
        {
            var r = await RunAsync(root, devices, store);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{devices,8} {r.Jobs,8} {r.Jobs / r.Seconds,8:F0} {r.Seconds,7:F1} s {r.AtWork,8:P1} {r.Waiting,8:P1} {r.AtTheEnd,10:P1} "
                    + $"{r.Cpu / r.Jobs * 1e6,7:F0} µs"));
        }
    }

    private static async Task<EfficiencyResult> RunAsync(string root, int devices, StoreOptions store)
    {
        var folder = Path.Combine(root, $"efficiency-{devices.ToString(CultureInfo.InvariantCulture)}");
        var spec = new SweepSpec
        {
            Name = "efficiency",
            Corpus = new CorpusOptions { Idioms = new IdiomsOptions() },
            Grid = new GridOptions { Replicas = [.. Enumerable.Range(0, devices * ModelsPerDevice)] },
            Tasks = ["single_double_quote", "bracket_counting"],
            Pruning = new PruningOptions { TargetLoss = 0.15 },
            Search = new SearchOptions { Rounds = 2, BatchSize = 8 },
        };
        var work = new Work(devices);
        var launcher = new InstantLauncher { Takes = work.Take, Results = FakeResults.Of };
        var (begun, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        try
        {
            await using var host = await SweepHost.StartAsync(
                spec, folder, new NodeOptions { Devices = [$"cpu={devices}"], Store = store }, launcher, TimeProvider.System, new Ignore());
            var outcome = await host.Completion;
            if (outcome.End != SweepEnd.Completed)
                throw new InvalidOperationException($"the benchmark's sweep ended as {outcome.End}: {outcome.Error}");
            var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            return work.Result(seconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What a run took.</summary>
    /// <param name="Jobs">how many</param>
    /// <param name="Seconds">from the start to the end</param>
    /// <param name="AtWork">the devices' share of that time with a job</param>
    /// <param name="Waiting">without one, before the last job was begun</param>
    /// <param name="AtTheEnd">without one, after that: nothing was left to do</param>
    /// <param name="Cpu">seconds of all cores</param>
    private sealed record EfficiencyResult(int Jobs, double Seconds, double AtWork, double Waiting, double AtTheEnd, double Cpu);

    /// <summary>Draws how long each job takes, and adds up.</summary>
    private sealed class Work(int devices)
    {
        private readonly ConcurrentQueue<(double Begin, double Takes)> _jobs = new();
        private readonly long _start = Stopwatch.GetTimestamp();

        public TimeSpan Take(RunRequest run)
        {
            var takes = RealDurations.Of(run.Job) / Speed;
            _jobs.Enqueue((Stopwatch.GetElapsedTime(_start).TotalSeconds, takes.TotalSeconds));
            return takes;
        }

        public EfficiencyResult Result(double seconds, double cpu)
        {
            var last = _jobs.Max(job => job.Begin);
            var (all, before) = (devices * seconds, devices * last);
            var busy = _jobs.Sum(job => job.Takes);
            var busyBefore = _jobs.Sum(job => Math.Min(job.Takes, Math.Max(0, last - job.Begin)));
            var waiting = (before - busyBefore) / all;
            return new EfficiencyResult(_jobs.Count, seconds, busy / all, waiting, 1 - (busy / all) - waiting, cpu);
        }
    }
}
