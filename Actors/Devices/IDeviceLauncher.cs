
namespace Sweeps.Actors.Devices;

/// <summary>Starts device processes: the real ones, or those of a test.</summary>
public interface IDeviceLauncher
{
    /// <summary>Starts the process of <paramref name="device"/> and returns at once; its first message is the hello.</summary>
    /// <param name="device">what it runs on</param>
    /// <param name="listener">hears from the process, on any thread</param>
    /// <exception cref="IOException">the process cannot be started; the listener hears nothing</exception>
    IDeviceProcess Launch(DeviceSpec device, IDeviceListener listener);

    /// <summary>Counts the CUDA devices that libtorch sees, in a process of its own: the orchestrator never loads libtorch.</summary>
    Task<int> CountCudaAsync(CancellationToken cancellation);
}

/// <summary>Memory of a GPU, in bytes.</summary>
/// <param name="Used">by one process</param>
/// <param name="Size">all there is</param>
public readonly record struct MemoryUse(long Used, long Size);

/// <summary>A running device process. No method waits.</summary>
public interface IDeviceProcess
{
    /// <summary>Sends a request; lost when the process has ended.</summary>
    void Send(DeviceRequest request);

    /// <summary>Kills the process, SIGKILL; the listener then hears the exit.</summary>
    void Kill();

    /// <summary>What it has taken of its GPU's memory; null where that cannot be known.</summary>
    MemoryUse? Measure() => null;
}

/// <summary>Hears from one device process, on any thread, one call at a time.</summary>
public interface IDeviceListener
{
    /// <summary>The process said something.</summary>
    void OnMessage(DeviceMessage message);

    /// <summary>The process has ended: called once, last.</summary>
    /// <param name="reason">exit code or what was wrong with its output, and the end of its standard error</param>
    void OnExit(string reason);
}
