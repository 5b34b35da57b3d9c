namespace Sweeps.ModelCore.Jobs;

/// <summary>What a device process is started with.</summary>
public sealed record DeviceHostOptions
{
    /// <summary>The sweep's folder, which artifact paths are relative to.</summary>
    public required string Root { get; init; }

    /// <summary>
    /// The torch device, <c>cpu</c> or <c>cuda:N</c>. <c>cpu:N</c> tells CPU devices of one machine apart and means <c>cpu</c>.
    /// </summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// Threads inside one operator until a <see cref="ThreadsRequest"/>; default 1, as one process per core is faster than threads inside
    /// one job.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// Bytes of CPU tensors that the process may hold, the job's and those kept between jobs; default 0, without a limit.
    /// </summary>
    public long MemoryBytes { get; init; }

    /// <summary>Time between heartbeats; default 1 s.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Least time between two progress messages of a job, the first and the last excepted; default 0.2 s.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(0.2);

    /// <summary>
    /// How long a running job may take to checkpoint and stop when the process is told to end; default 10 s. Then the process ends without
    /// it.
    /// </summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After so long without a job memory that is kept for the next one goes back to the system; default a minute.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// After so long without a request the process ends at once, whatever it does, and also when its input ends: its node is stopped, cut
    /// off or dead, and others may have its job. Default zero: never; then it ends in order when its input does.
    /// </summary>
    public TimeSpan BearableSilence { get; init; }

    /// <summary>The name that torch knows the device by.</summary>
    public string TorchDevice => Device.StartsWith("cpu:", StringComparison.Ordinal) ? "cpu" : Device;
}
