using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Metrics;

/// <summary>The GPUs of this machine, as NVIDIA's driver knows them.</summary>
internal static class Gpus
{
    private const int MostProcesses = 256;

    private static readonly Lazy<IReadOnlyList<nint>> _handles = new(Find);

    /// <summary>One handle for each, in the driver's order; none without a GPU of NVIDIA's, or without its driver.</summary>
    public static IReadOnlyList<nint> Handles => _handles.Value;

    /// <summary>
    /// What a process has taken of the memory of its GPU; null when none of them knows the process, or tells: so it is in a container that
    /// counts processes by itself, and on a part of a GPU (MIG).
    /// </summary>
    public static MemoryUse? UsedBy(int pid)
    {
        var processes = new Nvml.ProcessInfo[MostProcesses];
        foreach (var gpu in Handles)
        {
            var count = (uint)MostProcesses;
            if (Nvml.DeviceGetComputeRunningProcesses(gpu, ref count, processes) != Nvml.Success
                || Nvml.DeviceGetMemoryInfo(gpu, out var memory) != Nvml.Success) continue;
            foreach (var process in processes.AsSpan(0, (int)Math.Min(count, MostProcesses)))
            {
                if (process.Pid == pid && process.Used <= memory.Total)
                    return new MemoryUse((long)process.Used, (long)memory.Total);
            }
        }
        return null;
    }

    // Never shut down: the driver forgets it with the process.
    private static List<nint> Find()
    {
        var found = new List<nint>();
        try
        {
            if (Nvml.Init() != Nvml.Success || Nvml.DeviceGetCount(out var count) != Nvml.Success) return found;
            for (var i = 0u; i < count; i++)
                if (Nvml.DeviceGetHandleByIndex(i, out var gpu) == Nvml.Success) found.Add(gpu);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            // There is no driver, or one from before 2021.
        }
        return found;
    }
}
