using System.Runtime.InteropServices;

namespace Sweeps.Actors.Metrics;

/// <summary>NVIDIA's management library, which comes with the driver: the few functions that are asked here.</summary>
/// <seealso href="https://docs.nvidia.com/deploy/nvml-api/"/>
internal static partial class Nvml
{
    /// <summary>What a function returns that has done what it should.</summary>
    public const int Success = 0;

    public const int TemperatureOfGpu = 0;

    private const string Library = "libnvidia-ml.so.1";

    [LibraryImport(Library, EntryPoint = "nvmlInit_v2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Init();

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetCount_v2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int DeviceGetCount(out uint count);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetHandleByIndex_v2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int DeviceGetHandleByIndex(uint index, out nint device);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetUtilizationRates")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int DeviceGetUtilizationRates(nint device, out Utilization utilization);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetMemoryInfo")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int DeviceGetMemoryInfo(nint device, out Memory memory);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetComputeRunningProcesses_v3")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int DeviceGetComputeRunningProcesses(nint device, ref uint count, [Out] ProcessInfo[] processes);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetPowerUsage")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int DeviceGetPowerUsage(nint device, out uint milliwatts);

    [LibraryImport(Library, EntryPoint = "nvmlDeviceGetTemperature")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int DeviceGetTemperature(nint device, int sensor, out uint celsius);

    /// <summary>A process that has a context on a GPU.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ProcessInfo
    {
        /// <summary>As the machine itself counts processes, also in a container with a count of its own.</summary>
        public uint Pid;

        /// <summary>Bytes; all bits are set where the driver does not tell.</summary>
        public ulong Used;

        /// <summary>Of a part of a GPU (MIG).</summary>
        public uint GpuInstance;

        public uint ComputeInstance;
    }

    /// <summary>Percent of the last sample period.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Utilization
    {
        public uint Gpu;

        /// <summary>In which memory was read or written.</summary>
        public uint Memory;
    }

    /// <summary>Bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Memory
    {
        public ulong Total;

        public ulong Free;

        /// <summary>Taken, with what the driver keeps.</summary>
        public ulong Used;
    }
}
