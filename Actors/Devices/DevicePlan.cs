using System.Globalization;

namespace Sweeps.Actors.Devices;

/// <summary>A device that jobs can run on; each gets a process of its own.</summary>
/// <param name="Name">unique on the node, e.g. cpu-0 or cuda-1</param>
/// <param name="Torch">what libtorch calls it: cpu or cuda:1</param>
/// <param name="Threads">threads inside one operator while every device has a job</param>
/// <param name="MaxThreads">threads that the devices with jobs divide among themselves, when that is more</param>
/// <param name="MemoryBytes">bytes of CPU tensors that it may hold; 0 without a limit</param>
public sealed record DeviceSpec(string Name, string Torch, int Threads, int MaxThreads = 0, long MemoryBytes = 0)
{
    /// <summary>
    /// The name of the memory that it shares with other devices, one GPU's: jobs run there beside each other as it has room for them. Null
    /// for a device whose memory is its own.
    /// </summary>
    public string? Memory { get; init; }

    /// <summary>Threads inside one operator while that many jobs run or wait.</summary>
    public int ThreadsAmong(int jobs) => Math.Max(Threads, MaxThreads / Math.Max(jobs, 1));
}

/// <summary>Turns the devices that a node's options ask for into those that it has.</summary>
public static class DevicePlan
{
    /// <summary>Most CPU devices of one node.</summary>
    public const int MaxCpuDevices = 1024;

    /// <summary>Whether <paramref name="device"/> is a way to name devices; see <see cref="NodeOptions.Devices"/>.</summary>
    public static bool IsDevice(string device) => Parse(device) is not null;

    /// <summary>Whether CUDA devices must be counted before <see cref="Resolve"/> is called.</summary>
    public static bool NeedsCuda(NodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Devices.Any(d => Parse(d)?.Kind is "auto" or "cuda");
    }

    /// <summary>
    /// The devices, in the order of the options, without repeating a GPU; <see cref="NodeOptions.JobsPerGpu"/> for each of these.
    /// </summary>
    /// <param name="options">valid options</param>
    /// <param name="cores">cores of the machine</param>
    /// <param name="cudaDevices">CUDA devices that libtorch sees</param>
    /// <param name="memoryBytes">memory of the machine, as <see cref="MachineMemory"/> says</param>
    /// <exception cref="NoSuchDeviceException">a device that is not there, or none at all</exception>
    public static IReadOnlyList<DeviceSpec> Resolve(NodeOptions options, int cores, int cudaDevices, long memoryBytes)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cores);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(memoryBytes);
        var cpus = 0;
        var cudas = new List<int>();
        foreach (var device in options.Devices)
        {
            var (kind, number) = Parse(device)
                ?? throw new NoSuchDeviceException($"device is {device}: expected auto, cpu, cpu=N, cuda or cuda:N");
            if (kind == "cpu" || (kind == "auto" && cudaDevices == 0)) cpus += number ?? (kind == "auto" ? cores : 1);
            else if (number is { } index && index >= cudaDevices)
            {
                throw new NoSuchDeviceException(
                    $"device is cuda:{index}: libtorch sees {cudaDevices} CUDA devices (sweeps doctor says more)");
            }
            else cudas.AddRange(number is { } one ? [one] : Enumerable.Range(0, cudaDevices));
        }
        if (cpus > MaxCpuDevices) throw new NoSuchDeviceException($"devices ask for {cpus} CPU devices: expected at most {MaxCpuDevices}");
        var threads = options.ThreadsPerDevice > 0 ? options.ThreadsPerDevice : Math.Max(1, cores / Math.Max(cpus, 1));
        // The rest is for the orchestrator, the managed memory of the devices and the system.
        var memory = options.MemoryPerDevice > 0 ? options.MemoryPerDevice : memoryBytes / 10 * 9 / Math.Max(cpus, 1);
        IReadOnlyList<DeviceSpec> found =
        [
            .. from card in cudas.Distinct()
               from job in Enumerable.Range(1, options.JobsPerGpu)
               let gpu = Text($"cuda-{card}")
               select new DeviceSpec(
                   options.JobsPerGpu == 1 ? gpu : Text($"{gpu}-{job}"), Text($"cuda:{card}"), Math.Max(1, options.ThreadsPerDevice))
               {
                   Memory = options.JobsPerGpu == 1 ? null : gpu,
               },
            .. Enumerable.Range(0, cpus).Select(
                i => new DeviceSpec(Text($"cpu-{i}"), "cpu", threads, options.ThreadsPerDevice > 0 ? threads : cores, memory)),
        ];
        return found.Count > 0
            ? found
            : throw new NoSuchDeviceException("devices is cuda: libtorch sees no CUDA device (sweeps doctor says more)");
    }

    private static (string Kind, int? Number)? Parse(string device) => device switch
    {
        "auto" or "cpu" or "cuda" => (device, null),
        _ when device.StartsWith("cpu=", StringComparison.Ordinal) && Count(device.AsSpan(4)) is >= 1 and <= MaxCpuDevices and var n =>
            ("cpu", n),
        _ when device.StartsWith("cuda:", StringComparison.Ordinal) && Count(device.AsSpan(5)) is { } n => ("cuda", n),
        _ => null,
    };

    private static int? Count(ReadOnlySpan<char> digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : null;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
