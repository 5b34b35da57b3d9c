using Sweeps.Orchestrator.Cli.Running;

namespace Sweeps.Orchestrator.Web.Reading;

/// <summary>How the devices of a run are, by its messages. Thread-safe.</summary>
internal sealed class DeviceBoard : IRunView
{
    private readonly SortedDictionary<string, DeviceChanged> _devices = new(StringComparer.Ordinal);

    /// <summary>What was heard last of each device, by name.</summary>
    public IReadOnlyList<DeviceChanged> Devices
    {
        get
        {
            lock (_devices) return [.. _devices.Values];
        }
    }

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        if (value is not DeviceChanged changed) return;
        lock (_devices) _devices[changed.Device] = changed;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
