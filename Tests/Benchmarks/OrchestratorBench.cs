using System.Globalization;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Benchmarks;

/// <summary>
/// What the orchestrator adds to a trial: whole sweeps through actors, journal and disk, on devices that answer at once.
/// </summary>
internal static class OrchestratorBench
{
    private const int Trials = 1000, Devices = 2;

    public static async Task RunAsync(string root, int runs, StoreOptions store)
    {
        Console.WriteLine(
            $"Orchestrator: {Trials} trials on {Devices} devices that answer at once, {Stores.Describe(store)}, every event synced");
        var perTrial = new List<double>();
        for (var run = 0; run <= runs; run++)
        {
            var folder = Path.Combine(root, $"orchestrator-{run.ToString(CultureInfo.InvariantCulture)}");
            var spec = new SweepSpec
            {
                Name = "bench",
                Corpus = new CorpusOptions { Idioms = new IdiomsOptions() },
                Grid = new GridOptions { Replicas = [.. Enumerable.Range(0, Trials)] },
            };
            var start = System.Diagnostics.Stopwatch.GetTimestamp();
            await using var host = await SweepHost.StartAsync(
                spec, folder, new NodeOptions { Devices = [$"cpu={Devices}"], Store = store }, new InstantLauncher(), TimeProvider.System,
                new Ignore());
            var outcome = await host.Completion;
            if (outcome.End != SweepEnd.Completed)
                throw new InvalidOperationException($"the benchmark's sweep ended as {outcome.End}: {outcome.Error}");
            // The first run compiles the code.
            if (run > 0) perTrial.Add(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds / Trials);
            Directory.Delete(folder, recursive: true);
        }
        var timings = new Timings(perTrial);
        timings.Print("  overhead per trial", string.Create(CultureInfo.InvariantCulture, $"{1 / timings.Median:F0} trials/s"));
    }
}
