using System.Globalization;
using Sweeps.Benchmarks;
using Sweeps.Benchmarks.Scale;
using Sweeps.ModelCore.Torch;

// usage: Sweeps.Benchmarks [--runs N] [--only kernels|S|M|wide|search|orchestrator|scale] [--threads N] [--trials N]
string[] parts = ["kernels", "S", "M", "wide", "search", "orchestrator", "scale"];
var (runs, threads, trials) = (7, Environment.ProcessorCount, 100_000);
string? only = null;
for (var i = 0; i < args.Length; i += 2)
{
    var value = i + 1 < args.Length ? args[i + 1] : "";
    if (args[i] == "--runs" && int.TryParse(value, CultureInfo.InvariantCulture, out runs) && runs > 0) continue;
    if (args[i] == "--threads" && int.TryParse(value, CultureInfo.InvariantCulture, out threads) && threads > 0) continue;
    if (args[i] == "--trials" && int.TryParse(value, CultureInfo.InvariantCulture, out trials) && trials >= 1000) continue;
    if (args[i] == "--only" && parts.Contains(value))
    {
        only = value;
        continue;
    }
    Console.Error.WriteLine($"'{args[i]} {value}': expected --runs N, --threads N (N ≥ 1), --trials N (N ≥ 1000) or --only {string.Join('|', parts)}");
    return 2;
}

bool Wanted(string part) => only is null || only == part;

var root = Directory.CreateTempSubdirectory("sweeps-bench-").FullName;
try
{
    var cpu = File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
        : null;
    var build = torch.BuildInfo.Read();
    Console.WriteLine(
        $"{cpu ?? "unknown processor"}, {Environment.ProcessorCount} cores; libtorch {build.Version}, {build.CpuCapability}; {build.BlasConfig ?? build.BlasLibrary ?? "BLAS of libtorch"}; medians of {runs}");
    if (Wanted("kernels")) KernelBench.Run(runs, threads);
    foreach (var size in BenchSize.All.Where(s => Wanted(s.Name))) new ModelBench(size, root, runs).Run(threads);
    if (Wanted("wide")) WideBench.Run(runs, threads);
    if (Wanted("search"))
    {
        Timings.PrintHeader();
        SearchBench.Run(runs);
    }
    if (Wanted("orchestrator"))
    {
        Timings.PrintHeader();
        await OrchestratorBench.RunAsync(root, runs);
    }
    // Not of the machine's speed but of growth, and of minutes: only when asked for.
    if (only == "scale") await ScaleBench.RunAsync(root, trials);
    return 0;
}
finally
{
    Directory.Delete(root, recursive: true);
}
