using System.Diagnostics;
using System.Globalization;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Benchmarks.Scale;

/// <summary>What a sweep of some size took.</summary>
/// <param name="TrialsPerSecond">from the start of an empty folder to the last counted result</param>
/// <param name="CpuPerTrial">seconds of all cores, in that time</param>
/// <param name="EventsPerSecond">of the journal, in that time</param>
/// <param name="JournalBytesPerTrial">size of the journal's file, or of the events' JSON in a database</param>
/// <param name="MemoryPerTrial">managed memory that is alive when all but one trial have finished, without what was there before</param>
/// <param name="PeakMemory">most memory of the process so far, bytes</param>
/// <param name="RecoveryCpu">seconds of all cores in the following</param>
/// <param name="RecoverySeconds">
/// of a new start over the full journal: from opening it to the moment when the one unfinished trial is at work again
/// </param>
/// <param name="ReadSeconds">of reading the finished sweep for a report</param>
internal sealed record ScaleResult(
    double TrialsPerSecond, double CpuPerTrial, double EventsPerSecond, long JournalBytesPerTrial, long MemoryPerTrial, long PeakMemory,
    double RecoveryCpu, double RecoverySeconds, double ReadSeconds);

/// <summary>
/// A sweep of many trainings, in three acts: all but one trial finish; the run is stopped and begun again, which recovers the whole
/// journal; the last trial finishes and the
/// sweep is read and counted.
/// </summary>
internal static class ScaleSweep
{
    /// <param name="root">where its folder is made</param>
    /// <param name="trials">how many</param>
    /// <param name="store">of its events</param>
    /// <param name="also">hears of progress too</param>
    /// <param name="isKept">whether its folder stays</param>
    public static async Task<ScaleResult> RunAsync(
        string root, int trials, StoreOptions store, IObserver<SweepProgress>? also = null, bool isKept = false)
    {
        var folder = Path.Combine(root, $"scale-{trials.ToString(CultureInfo.InvariantCulture)}");
        var spec = new SweepSpec
        {
            Name = "scale",
            Corpus = new CorpusOptions { Idioms = new IdiomsOptions() },
            Grid = new GridOptions { Replicas = [.. Enumerable.Range(0, trials)] },
        };
        var last = SweepPlan.Of(spec).Models[^1].Trial.Value;
        try
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var watch = new Watcher(trials - 1, also);
            var (begun, cpuBefore) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            double seconds, cpu;
            long memory;
            await using (var host = await StartAsync(
                spec, folder, store, new InstantLauncher { Answers = run => run.Trial != last }, watch))
            {
                await Task.WhenAny(watch.Reached, host.Completion);
                if (!watch.Reached.IsCompleted)
                    throw new InvalidOperationException(
                        $"the sweep ended as {(await host.Completion).End}: {(await host.Completion).Error}");
                seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
                cpu = (Environment.CpuUsage.TotalTime - cpuBefore).TotalSeconds;
                // Answered when the sweep has handled all that it was told before.
                await host.Command(new ResumeSweep());
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                memory = GC.GetTotalMemory(forceFullCollection: true) - before;
            }
            var journal = Path.Combine(folder, SweepFolder.JournalName);
            // Of a database only the events are known to be this sweep's.
            var bytes = File.Exists(journal)
                ? new FileInfo(journal).Length
                : SweepFolder.Read(folder, store).ReadAll().Sum(e => (long)e.Event.Payload.Length);

            var resumed = new TaskCompletionSource<(long At, TimeSpan Cpu)>();
            (begun, cpuBefore) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            await using (var host = await StartAsync(
                spec, folder, store,
                new InstantLauncher
                {
                    Answers = run =>
                    run.Trial == last && resumed.TrySetResult((Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime)),
                },
                new Watcher(trials, also)))
            {
                var outcome = await host.Completion;
                if (outcome.End != SweepEnd.Completed)
                    throw new InvalidOperationException($"the sweep ended as {outcome.End}: {outcome.Error}");
            }
            var (resumedAt, cpuAfter) = await resumed.Task;
            var (recovery, recoveryCpu) = (Stopwatch.GetElapsedTime(begun, resumedAt).TotalSeconds, (cpuAfter - cpuBefore).TotalSeconds);

            begun = Stopwatch.GetTimestamp();
            var counted = SweepFolder.Load(folder, store).Models.Count(m => m.Trained is not null);
            var read = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            if (counted != trials) throw new InvalidOperationException($"{counted} trials have a result: expected {trials}");
            // Queued, started, succeeded, and counted in the sweep.
            return new ScaleResult(
                trials / seconds, cpu / trials, 4 * trials / seconds, bytes / trials, memory / trials,
                Process.GetCurrentProcess().PeakWorkingSet64, recoveryCpu, recovery, read);
        }
        finally
        {
            if (!isKept) Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<SweepHost> StartAsync(
        SweepSpec spec, string folder, StoreOptions store, InstantLauncher launcher, Watcher watcher) =>
        SweepHost.StartAsync(
            spec, folder, new NodeOptions { Devices = [$"cpu={ScaleBench.Devices}"], Store = store }, launcher, TimeProvider.System,
            watcher);

    /// <summary>Tells when so many trainings have been counted.</summary>
    private sealed class Watcher(int trials, IObserver<SweepProgress>? also) : IObserver<SweepProgress>
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(SweepProgress value)
        {
            also?.OnNext(value);
            if (value is StageProgressed { Stage: SweepStage.Train, Done: var done } && done >= trials) _reached.TrySetResult();
        }
    }
}
