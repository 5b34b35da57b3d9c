using System.Globalization;
using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.ModelCore;

namespace Sweeps.Orchestrator.Cli.Doctor;

/// <summary>Checks libtorch and the devices.</summary>
internal static class TorchChecks
{
    // Chooses the kernels' instructions; a wrong one is an error of the device.
    private const string Kernels = "SWEEPS_CPU_CAPABILITY";

    private const string SetUp = "bash ops/setup.sh (or make setup), or LIBTORCH=/path/to/libtorch, and build again";

    /// <summary>Asks a device process, which loads libtorch where this one does not.</summary>
    public static IReadOnlyList<Check> Run(NodeOptions options)
    {
        try
        {
            var answer = DeviceQuestion.Ask("--describe", options.StartTimeout);
            return Of(JsonSerializer.Deserialize<TorchInfo>(answer, JobJson.Options) ?? throw new JsonException("null"), options);
        }
        catch (CliException e) when (e.Message.Contains(Kernels, StringComparison.Ordinal))
        {
            return [new Check(
                "vector instructions", CheckStatus.Failed, e.Message, $"unset {Kernels}, or set it to what this processor has")];
        }
        catch (Exception e) when (e is CliException or JsonException)
        {
            return [new Check("libtorch", CheckStatus.Failed, e.Message, SetUp)];
        }
    }

    /// <summary>What there is to say of a libtorch.</summary>
    internal static IReadOnlyList<Check> Of(TorchInfo info, NodeOptions options) =>
        [new Check("libtorch", CheckStatus.Ok, info.Version), Capability(info), Threads(info), Devices(info, options)];

    private static Check Capability(TorchInfo info) => info.CpuCapability == "DEFAULT"
        ? new Check(
            "vector instructions", CheckStatus.Warning, $"DEFAULT: no AVX2; kernels {info.KernelCapability}",
            "a CPU with AVX2, or unset ATEN_CPU_CAPABILITY")
        : new Check("vector instructions", CheckStatus.Ok, $"{info.CpuCapability}; kernels {info.KernelCapability}");

    private static Check Threads(TorchInfo info) => new("threads", CheckStatus.Ok, string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores; libtorch {info.Threads} threads before a device sets its own"));

    private static Check Devices(TorchInfo info, NodeOptions options)
    {
        try
        {
            var devices = DevicePlan.Resolve(options, Environment.ProcessorCount, info.CudaDevices, MachineMemory.Bytes());
            return new Check(
                "devices", CheckStatus.Ok,
                string.Join(", ", devices.GroupBy(device => (device.Torch, device.Threads, device.MemoryBytes)).Select(same =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{same.Count()} × {same.Key.Torch} of {same.Key.Threads} {(same.Key.Threads == 1 ? "thread" : "threads")}") +
                (same.Key.MemoryBytes == 0 ? "" : $" and at most {Human.Bytes(same.Key.MemoryBytes)} of tensors"))));
        }
        catch (NoSuchDeviceException e)
        {
            return new Check(
                "devices", CheckStatus.Failed, e.Message,
                "sweeps.devices = [auto] in cluster.hocon, or a libtorch with CUDA (-p:Torch=cuda, or LIBTORCH)");
        }
    }
}
