using System.Globalization;

namespace Sweeps.Actors.Metrics;

/// <summary>What NVIDIA's driver says of the GPUs of this machine. Without a driver there is nothing to tell.</summary>
internal sealed class GpuMetrics : IDisposable
{
    private readonly GaugeSources _sources = [];

    private GpuMetrics()
    {
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
    public static GpuMetrics? Start() => Gpus.Handles.Count > 0 ? new GpuMetrics() : null;

    /// <inheritdoc/>
    public void Dispose() => _sources.Release();

    // A figure that a GPU does not have is left out.
    private static IEnumerable<Reading> Read(Func<nint, double?> read)
    {
        foreach (var (index, gpu) in Gpus.Handles.Index())
            if (read(gpu) is { } value) yield return new Reading(value, index.ToString(CultureInfo.InvariantCulture));
    }
}
