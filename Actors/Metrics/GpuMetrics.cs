using System.Collections.Immutable;
using System.Globalization;

namespace Sweeps.Actors.Metrics;

/// <summary>What NVIDIA's driver says of the GPUs of this machine. Without a driver there is nothing to tell.</summary>
internal sealed class GpuMetrics : IDisposable
{
    private readonly GaugeSources _sources = [];
    private readonly ImmutableArray<(string Index, nint Handle)> _gpus;

    private GpuMetrics(ImmutableArray<(string, nint)> gpus)
    {
        _gpus = gpus;
        _sources.Add(Instruments.GpuUtilization.Observe(() => Read(
            gpu => Nvml.DeviceGetUtilizationRates(gpu, out var rates) == Nvml.Success ? rates.Gpu / 100.0 : null)));
        _sources.Add(Instruments.GpuMemoryUsed.Observe(() => Read(
            gpu => Nvml.DeviceGetMemoryInfo(gpu, out var memory) == Nvml.Success ? memory.Used : null)));
        _sources.Add(Instruments.GpuMemorySize.Observe(() => Read(
            gpu => Nvml.DeviceGetMemoryInfo(gpu, out var memory) == Nvml.Success ? memory.Total : null)));
        _sources.Add(Instruments.GpuPower.Observe(() => Read(
            gpu => Nvml.DeviceGetPowerUsage(gpu, out var milliwatts) == Nvml.Success ? milliwatts / 1000.0 : null)));
        _sources.Add(Instruments.GpuTemperature.Observe(() => Read(
            gpu => Nvml.DeviceGetTemperature(gpu, Nvml.TemperatureOfGpu, out var celsius) == Nvml.Success ? celsius : null)));
    }

    /// <summary>Begins to tell; null where there is no GPU of NVIDIA's, or no driver.</summary>
    public static GpuMetrics? Start()
    {
        try
        {
            if (Nvml.Init() != Nvml.Success) return null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return null;
        }
        var gpus = ImmutableArray.CreateBuilder<(string, nint)>();
        if (Nvml.DeviceGetCount(out var count) == Nvml.Success)
        {
            for (var i = 0u; i < count; i++)
            {
                if (Nvml.DeviceGetHandleByIndex(i, out var gpu) == Nvml.Success)
                    gpus.Add((i.ToString(CultureInfo.InvariantCulture), gpu));
            }
        }
        return new GpuMetrics(gpus.ToImmutable());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sources.Release();
        _ = Nvml.Shutdown();
    }

    // A figure that a GPU does not have is left out.
    private IEnumerable<Reading> Read(Func<nint, double?> read)
    {
        foreach (var (index, gpu) in _gpus)
            if (read(gpu) is { } value) yield return new Reading(value, index);
    }
}
