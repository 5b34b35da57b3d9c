using System.Globalization;
using Sweeps.Benchmarks;
using Sweeps.ModelCore.Torch;

// usage: Sweeps.Benchmarks [--runs N] [--only S|M|orchestrator]
var runs = 7;
string? only = null;
for (var i = 0; i < args.Length; i += 2)
{
    var value = i + 1 < args.Length ? args[i + 1] : "";
    if (args[i] == "--runs" && int.TryParse(value, CultureInfo.InvariantCulture, out runs) && runs > 0) continue;
    if (args[i] == "--only" && value is "S" or "M" or "orchestrator")
    {
        only = value;
        continue;
    }
    Console.Error.WriteLine($"'{args[i]} {value}': expected --runs N (N ≥ 1) or --only S|M|orchestrator");
    return 2;
}

var cores = Environment.ProcessorCount;
var root = Directory.CreateTempSubdirectory("sweeps-bench-").FullName;
try
{
    var cpu = File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
        : null;
    var build = torch.BuildInfo.Read();
    Console.WriteLine($"{cpu ?? "unknown processor"}, {cores} cores; libtorch {build.Version}, {build.CpuCapability}; {build.BlasConfig ?? build.BlasLibrary ?? "BLAS of libtorch"}");
    Timings.PrintHeader();
    foreach (var size in BenchSize.All.Where(s => only is null || only == s.Name))
        new ModelBench(size, root, runs).Run(cores == 1 ? [1] : [1, cores]);
    if (only is null or "orchestrator") await OrchestratorBench.RunAsync(root, runs);
    return 0;
}
finally
{
    Directory.Delete(root, recursive: true);
}
