using System.Globalization;
using Sweeps.Actors.Devices;
using Sweeps.ModelCore.Torch;

namespace Sweeps.Orchestrator.Cli.Doctor;

/// <summary>Checks libtorch, what it multiplies matrices with, and the devices.</summary>
internal static class TorchChecks
{
    private const string SetUp = "bash ops/setup.sh (or make setup), or LIBTORCH=/path/to/libtorch and build again";

    /// <summary>Loads libtorch into this process and asks it.</summary>
    public static IEnumerable<Check> Run(NodeOptions options)
    {
        torch.BuildInfo info;
        try
        {
            info = torch.BuildInfo.Read();
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException or TypeInitializationException)
        {
            return [new Check("libtorch", CheckStatus.Failed, (e.InnerException ?? e).Message, SetUp)];
        }
        catch (TorchException e)
        {
            return [new Check("vector instructions", CheckStatus.Failed, e.Message, "unset SWEEPS_CPU_CAPABILITY, or set it to what this processor has")];
        }
        return [Version(info), Capability(info), Blas(info), Threads(info), Devices(info, options)];
    }

    private static Check Version(torch.BuildInfo info)
    {
        var known = System.Version.TryParse(info.Version.Split('+', '-')[0], out var version);
        return known && version! < new Version(1, 13)
            ? new Check("libtorch", CheckStatus.Failed, info.Version, "libtorch 1.13 or newer: " + SetUp)
            : new Check("libtorch", CheckStatus.Ok, info.Version);
    }

    private static Check Capability(torch.BuildInfo info) => info.CpuCapability == "DEFAULT"
        ? new Check("vector instructions", CheckStatus.Warning, $"DEFAULT: no AVX2; kernels {info.KernelCapability}", "a CPU with AVX2, or unset ATEN_CPU_CAPABILITY")
        : new Check("vector instructions", CheckStatus.Ok, $"{info.CpuCapability}; kernels {info.KernelCapability}");

    /// <summary>Debian's libtorch uses whatever provides libblas.so.3, and the reference implementation does when nothing else is installed.</summary>
    internal static Check Blas(torch.BuildInfo info)
    {
        var library = info.HasMkl ? "MKL" : info.BlasConfig ?? info.BlasLibrary ?? "part of libtorch";
        return info.IsReferenceBlas
            ? new Check("BLAS", CheckStatus.Failed, $"REFERENCE BLAS ({info.BlasLibrary}): matrix products are some thirty times slower than they need to be", "sudo apt-get install libopenblas0-pthread (make setup does)")
            : new Check("BLAS", CheckStatus.Ok, info.BlasLibrary is { } file && !info.HasMkl ? $"{library.Trim()} ({file})" : library.Trim());
    }

    private static Check Threads(torch.BuildInfo info) => new(
        "threads", CheckStatus.Ok, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores; ATen {info.NumThreads}, BLAS {info.BlasThreads} threads before a device sets its own"));

    private static Check Devices(torch.BuildInfo info, NodeOptions options)
    {
        try
        {
            var devices = DevicePlan.Resolve(options, Environment.ProcessorCount, info.CudaDevices, MachineMemory.Bytes());
            return new Check("devices", CheckStatus.Ok, string.Join(", ", devices.GroupBy(device => (device.Torch, device.Threads, device.MemoryBytes)).Select(same =>
                string.Create(CultureInfo.InvariantCulture, $"{same.Count()} × {same.Key.Torch} of {same.Key.Threads} {(same.Key.Threads == 1 ? "thread" : "threads")}") +
                (same.Key.MemoryBytes == 0 ? "" : $" and at most {Human.Bytes(same.Key.MemoryBytes)} of tensors"))));
        }
        catch (ArgumentException e)
        {
            return new Check("devices", CheckStatus.Failed, e.Message, "sweeps.devices = [auto] in cluster.hocon, or a libtorch with CUDA in LIBTORCH");
        }
    }
}
