using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Metrics;
using Sweeps.Benchmarks.Scale;
using Sweeps.Orchestrator.Web;
using Sweeps.Orchestrator.Web.Metrics;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Benchmarks;

/// <summary>What serving metrics costs.</summary>
internal static class MetricsBench
{
    private const int Searches = 1000, Models = 250;
    private static readonly TimeSpan _pace = TimeSpan.FromSeconds(15);
    // The exporter gives who comes sooner than this the same text again.
    private static readonly TimeSpan _cached = TimeSpan.FromMilliseconds(400);

    /// <summary>Measures both: what it costs to be told, and what to be asked.</summary>
    public static async Task RunAsync(string root, int runs, int trials)
    {
        await CompareAsync(root, runs, trials);
        await MetricsAccount.RunAsync(root, runs, trials);
        await ScrapeAsync(root, Math.Max(runs, 20));
    }

    private static async Task ScrapeAsync(string root, int runs)
    {
        using var observer = new SweepObserver("bench", root, () => new HowFar(0.5, TimeSpan.FromHours(1)), TimeProvider.System);
        foreach (var search in Enumerable.Range(0, Searches).Select(Search)) observer.OnNext(search);
        foreach (var model in Enumerable.Range(0, Models)) observer.OnNext(Training(model));
        var options = new NodeOptions { Http = new HttpOptions { Address = "127.0.0.1:0" } };
        await using var web = WebService.Prepare(options, Path.Combine(root, "http.log"), TimeProvider.System);
        await web.StartAsync(new Nobody());
        using var client = new HttpClient();
        Timings.PrintHeader();
        foreach (var form in (string[])["text/plain", "application/openmetrics-text"])
        {
            var (wall, cpu, size, series) = (new List<double>(), new List<double>(), 0, 0);
            for (var run = -3; run < runs; run++)
            {
                await Task.Delay(_cached);
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(web.Url!, MetricsEndpoints.Path));
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(form));
                var (begun, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                using var answer = await client.SendAsync(request);
                var text = await answer.Content.ReadAsStringAsync();
                var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
                var used = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
                (size, series) = (text.Length, text.Split('\n').Count(line => line.Length > 0 && line[0] != '#'));
                // The first ones compile the code.
                if (run < 0) continue;
                wall.Add(seconds);
                cpu.Add(used);
            }
            var share = new Timings(cpu).Median / _pace.TotalSeconds;
            new Timings(wall).Print(
                $"  scrape, {form}", string.Create(
                    CultureInfo.InvariantCulture,
                    $"{series:N0} samples, {size >> 10} KiB; {new Timings(cpu).Median * 1e3:F1} ms of processor time, client included: "
                        + $"{share:P2} of a core at one in {_pace.TotalSeconds:F0} s"));
        }
    }

    private static async Task CompareAsync(string root, int runs, int trials)
    {
        Console.WriteLine($"Sweeps of {trials:N0} trainings on devices that answer at once; off and on take turns");
        var (off, on) = (new List<double>(), new List<double>());
        // The first turn compiles the code.
        for (var run = 0; run <= runs; run++)
        {
            // Whoever comes second may find what the first one has left.
            var (first, second) = (await TurnAsync(root, trials, listens: run % 2 == 0), await TurnAsync(root, trials, run % 2 != 0));
            if (run == 0) continue;
            on.Add(run % 2 == 0 ? first : second);
            off.Add(run % 2 == 0 ? second : first);
        }
        Timings.PrintHeader();
        new Timings(off.Select(seconds => seconds * trials)).Print("  processor time of a sweep, metrics off");
        new Timings(on.Select(seconds => seconds * trials)).Print(
            "  metrics on", Describe([.. on.Zip(off, (with, without) => (with / without) - 1).Order()]));
    }

    /// <summary>The median of what pairs differ by, and the interval of 95 % of it by the sign test, which asks nothing of their spread.
    /// </summary>
    /// <param name="differences">sorted</param>
    private static string Describe(double[] differences)
    {
        var n = differences.Length;
        // So many of the smallest, and of the largest, that a fair coin shows fewer heads with a probability of a fortieth at most.
        var (outside, chance, term) = (0, 0.0, Math.Pow(0.5, n));
        while (chance + term <= 0.025)
        {
            chance += term;
            outside++;
            term *= (n - outside + 1.0) / outside;
        }
        static string Show(double difference) => difference.ToString("+0.0%;-0.0%", CultureInfo.InvariantCulture);
        return $"{Show(new Timings(differences).Median)} in pairs, "
            + (outside == 0
                ? "which are too few for an interval"
                : $"95 % interval {Show(differences[outside - 1])} to {Show(differences[n - outside])}");
    }

    private static async Task<double> TurnAsync(string root, int trials, bool listens)
    {
        GC.Collect();
        return listens ? await WithAsync(root, trials) : (await ScaleSweep.RunAsync(root, trials, new StoreOptions())).CpuPerTrial;
    }

    private static async Task<double> WithAsync(string root, int trials)
    {
        using var provider = MetricsExport.Build();
        using var observer = new SweepObserver("scale", root, () => new HowFar(0.5, TimeSpan.FromHours(1)), TimeProvider.System);
        return (await ScaleSweep.RunAsync(root, trials, new StoreOptions(), observer)).CpuPerTrial;
    }

    private static SearchProgressed Search(int number) => new(
        new SearchId(new ModelId($"d128n2-l{number / 10}"), $"task_{number % 10}"), 1, 8, 12, 40,
        new CircuitResult(new ArtifactRef("c", "00", 1), 20, 40, 0.1, 0.1, 1), Ended: false, 0.15);

    private static TrialProgressed Training(int number) => new(
        new TrialId($"models/m{number}"), "cpu-0", new JobProgress(1, 2, 3.5) { Training = new TrainingFigures(100, 0.1, 3.4, 0.01) });

    /// <summary>No sweep.</summary>
    private sealed class Nobody : ISweepSource
    {
        public Task<string?> WhyNotReadyAsync(CancellationToken cancellation) => Task.FromResult<string?>(null);

        public Task<IReadOnlyList<ServedSweep>> SweepsAsync(CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<ServedSweep>>([]);

        public Task<ServedNodes> NodesAsync(CancellationToken cancellation) => Task.FromResult(new ServedNodes(null, null, []));

        public Task<Reply> CommandAsync(ServedSweep sweep, SweepCommand command) =>
            Task.FromResult<Reply>(new Reply.Refused("there is no sweep"));
    }
}
