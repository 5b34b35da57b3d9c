using System.Globalization;
using Sweeps.Actors.Devices;
using Sweeps.Benchmarks;
using Sweeps.Benchmarks.Scale;
using Sweeps.ModelCore;

// usage: Sweeps.Benchmarks [--runs N] [--only PART] [--threads N] [--trials N] [--store postgresql=CONNECTION]
//        [--plugin HOCON, of the journal's plugin, for --only journal] [--keep FOLDER, of the sweep of --only large]
const string Postgresql = "postgresql=";
string[] parts =
[
    "kernels", "S", "M", "wide", "densities", "search", "orchestrator", "scale", "efficiency", "cluster", "metrics", "journal", "large",
    "autoencoder", "bridge",
];
var (runs, threads, trials) = (7, Environment.ProcessorCount, 100_000);
string? only = null, keep = null;
var store = new StoreOptions();
var plugin = "";
for (var i = 0; i < args.Length; i += 2)
{
    var value = i + 1 < args.Length ? args[i + 1] : "";
    if (args[i] == "--runs" && int.TryParse(value, CultureInfo.InvariantCulture, out runs) && runs > 0) continue;
    if (args[i] == "--threads" && int.TryParse(value, CultureInfo.InvariantCulture, out threads) && threads > 0) continue;
    if (args[i] == "--trials" && int.TryParse(value, CultureInfo.InvariantCulture, out trials) && trials >= 1000) continue;
    if (args[i] == "--store" && value.StartsWith(Postgresql, StringComparison.Ordinal))
    {
        store = new StoreOptions { Postgresql = value[Postgresql.Length..] };
        continue;
    }
    if (args[i] == "--plugin" && value.Length > 0)
    {
        plugin = $"akka.persistence.journal.sql {{ {value} }}";
        continue;
    }
    if (args[i] == "--keep" && value.Length > 0)
    {
        keep = value;
        continue;
    }
    if (args[i] == "--only" && parts.Contains(value))
    {
        only = value;
        continue;
    }
    Console.Error.WriteLine(
        $"'{args[i]} {value}': expected --runs N, --threads N (N ≥ 1), --trials N (N ≥ 1000), --store {Postgresql}CONNECTION or --only "
            + $"{string.Join('|', parts)}");
    return 2;
}

if ((only == "large") != (keep is not null))
{
    Console.Error.WriteLine("--only large writes the sweep of --keep FOLDER: expected both or none");
    return 2;
}

bool Wanted(string part) => only is null || only == part;

var root = Directory.CreateTempSubdirectory("sweeps-bench-").FullName;
try
{
    var cpu = File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
        : null;
    if (keep is not null)
    {
        await ScaleSweep.RunAsync(Path.GetFullPath(keep), trials, new StoreOptions(), isKept: true);
        return 0;
    }
    if (only == "journal")
    {
        Console.WriteLine($"{cpu ?? "unknown processor"}, {Environment.ProcessorCount} cores");
        await JournalBench.RunAsync(root, store.Postgresql.Length > 0 ? store.Postgresql : null, plugin);
        return 0;
    }
    var build = TorchInfo.Read();
    Console.WriteLine(
        $"{cpu ?? "unknown processor"}, {Environment.ProcessorCount} cores; libtorch {build.Version}, {build.CpuCapability}; medians of "
            + $"{runs}");
    if (Wanted("kernels")) KernelBench.Run(runs, threads);
    foreach (var size in BenchSize.All.Where(s => Wanted(s.Name))) new ModelBench(size, root, runs).Run(threads);
    if (Wanted("wide")) WideBench.Run(runs, threads);
    if (Wanted("densities"))
    {
        WideBench.RunDensities(runs, threads);
        WideBench.RunTrainingDensities(runs, threads);
    }
    if (Wanted("autoencoder")) AutoencoderBench.Run(runs, threads);
    if (Wanted("bridge")) BridgeBench.Run(runs, threads);
    if (Wanted("search"))
    {
        Timings.PrintHeader();
        SearchBench.Run(runs);
    }
    if (Wanted("orchestrator"))
    {
        Timings.PrintHeader();
        await OrchestratorBench.RunAsync(root, runs, store);
    }
    // Not of the machine's speed but of growth, and of minutes: only when asked for.
    if (only == "scale") await ScaleBench.RunAsync(root, trials, store);
    if (only == "metrics") await MetricsBench.RunAsync(root, runs, Math.Min(trials, 10_000));
    if (only == "efficiency") await EfficiencyBench.RunAsync(root, store);
    if (only == "cluster") await ClusterBench.RunAsync(root, store.Postgresql);
    return 0;
}
finally
{
    Directory.Delete(root, recursive: true);
}
