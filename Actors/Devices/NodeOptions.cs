using System.ComponentModel;

namespace Sweeps.Actors.Devices;

/// <summary>
/// How a node uses its machine, not what is computed, so that all of it may differ between two runs of one sweep. The kind of device
/// shows in results, but only in the last bits of floating point.
/// </summary>
public sealed record NodeOptions
{
    private const long LeastMemory = 64 << 20;

    /// <summary>
    /// What to run jobs on: <c>auto</c> (default: every CUDA device that libtorch sees or, without any, one CPU device per core),
    /// <c>cpu</c> (one CPU device), <c>cpu=4</c> (four of them), <c>cuda</c> (all), <c>cuda:0</c> (that one). Several add up.
    /// </summary>
    public IReadOnlyList<string> Devices { get; init; } = ["auto"];

    /// <summary>
    /// Threads inside one operator of a CPU device; 0 (default) divides the cores among the CPU devices, at least one each, and while there
    /// are
    /// fewer jobs than devices among the jobs. No result depends on it.
    /// </summary>
    public int ThreadsPerDevice { get; init; }

    /// <summary>
    /// Bytes of tensors that a CPU device may hold, a job's and those kept between jobs; 0 (default) divides nine tenths of the machine's
    /// memory
    /// among the CPU devices. A job that needs more fails as out of memory.
    /// </summary>
    public long MemoryPerDevice { get; init; }

    /// <summary>
    /// Fraction of its GPU's memory that a CUDA device may take, above 0 to 1; default 0.9. A job that needs more fails as out of memory.
    /// CUDA itself takes some hundred MiB on top. An own <c>per_process_memory_fraction</c> in PYTORCH_CUDA_ALLOC_CONF stays.
    /// </summary>
    public double CudaMemoryFraction { get; init; } = 0.9;

    /// <summary>
    /// Device processes per GPU, 1 (default) to 16: jobs too small to keep a GPU busy run beside each other, as many as fit together into
    /// <see cref="CudaMemoryFraction"/> of its memory by what jobs of their kind and size have taken before. One of which that is not known
    /// yet runs alone.
    /// </summary>
    public int JobsPerGpu { get; init; } = 1;

    /// <summary>Where events are stored; default: a SQLite file in the sweep's folder.</summary>
    public StoreOptions Store { get; init; } = new();

    /// <summary>How the HTTP API is served.</summary>
    public HttpOptions Http { get; init; } = new();

    /// <summary>
    /// A collector of OpenTelemetry, such as http://localhost:4318, that is sent traces of the way of each trial, by OTLP over HTTP; empty
    /// (default) for none.
    /// </summary>
    public string OtlpEndpoint { get; init; } = "";

    /// <summary>How the node takes part in a cluster; only <c>sweeps node</c> does.</summary>
    public Cluster.ClusterOptions Cluster { get; init; } = new();

    /// <summary>
    /// Settings of Akka as JSON, under the key akka; empty (default) for none. They win over the program's own, except for what durability
    /// and order of
    /// events depend on. Not an option of the section sweeps: it is a section of its own.
    /// </summary>
    [Browsable(false)]
    public string Akka { get; init; } = "";

    /// <summary>How long a device process may take from its start to its first message; default 60 s. Then it is killed.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a device process, which beats every second, may be silent before it is killed; default 30 s.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a job may run without saying that it went on before its process is killed; default 10 min. Longer than the longest step.
    /// </summary>
    public TimeSpan ProgressTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a stopping device gets to write a checkpoint before it is killed; default 3 s.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Wait before a device process is started again; doubles with each start that failed in a row; default 0.5 s.</summary>
    public TimeSpan RestartBackoff { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Upper bound of that wait; default 30 s.</summary>
    public TimeSpan RestartBackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Starts that may fail in a row before the device is given up as lost; default 5.</summary>
    public int MaxFailedStarts { get; init; } = 5;

    /// <summary>Wait before a job that the world broke is queued again; doubles with each time in a row; default 1 s.</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Upper bound of that wait; default 60 s.</summary>
    public TimeSpan RetryBackoffMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How often the world may break a trial, without a new checkpoint in between, before the sweep stops with an error; default 5.
    /// Running the sweep again starts the count anew.
    /// </summary>
    public int MaxWorldFailures { get; init; } = 5;

    /// <summary>Longest line that a device process may write, in bytes; default 4 MiB. Then it is killed as broken.</summary>
    public int MaxLineBytes { get; init; } = 4 << 20;

    /// <summary>
    /// What is wrong with these values, one sentence each with the option, the value and what was expected; empty when nothing is.
    /// </summary>
    public IEnumerable<string> Validate()
    {
        if (Devices.Count == 0) yield return "devices is empty: expected at least one, such as auto";
        foreach (var device in Devices)
            if (!DevicePlan.IsDevice(device))
                yield return $"devices has {device}: expected auto, cpu, cpu=N, cuda or cuda:N";
        if (ThreadsPerDevice is < 0 or > 1024)
            yield return $"threads_per_device is {ThreadsPerDevice}: expected 0 (divide the cores) to 1024";
        if (MemoryPerDevice is not 0 and < LeastMemory)
            yield return $"memory_per_device is {MemoryPerDevice}: expected 0 (divide the machine's) or at least 64 MiB";
        if (CudaMemoryFraction is not (> 0 and <= 1))
            yield return $"cuda_memory_fraction is {CudaMemoryFraction}: expected a number above 0, at most 1";
        if (JobsPerGpu is < 1 or > 16) yield return $"jobs_per_gpu is {JobsPerGpu}: expected 1 to 16";
        foreach (var (name, value) in Times())
            if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(1))
                yield return $"{name} is {value}: expected a positive duration of at most a day";
        if (RestartBackoffMax < RestartBackoff)
            yield return $"restart_backoff_max is {RestartBackoffMax}: expected at least restart_backoff ({RestartBackoff})";
        if (RetryBackoffMax < RetryBackoff)
            yield return $"retry_backoff_max is {RetryBackoffMax}: expected at least retry_backoff ({RetryBackoff})";
        if (MaxFailedStarts < 1) yield return $"max_failed_starts is {MaxFailedStarts}: expected at least 1";
        if (MaxWorldFailures < 1) yield return $"max_world_failures is {MaxWorldFailures}: expected at least 1";
        foreach (var problem in Http.Validate()) yield return $"http.{problem}";
        if (OtlpEndpoint.Length > 0
            && !(Uri.TryCreate(OtlpEndpoint, UriKind.Absolute, out var otlp) && otlp.Scheme is "http" or "https"))
            yield return $"otlp_endpoint is '{OtlpEndpoint}': expected a URL such as http://localhost:4318";
        if (MaxLineBytes < 1 << 16) yield return $"max_line_bytes is {MaxLineBytes}: expected at least 64 KiB";
    }

    private IEnumerable<(string Name, TimeSpan Value)> Times() =>
    [
        ("start_timeout", StartTimeout), ("heartbeat_timeout", HeartbeatTimeout), ("progress_timeout", ProgressTimeout),
        ("stop_grace", StopGrace),
        ("restart_backoff", RestartBackoff), ("restart_backoff_max", RestartBackoffMax), ("retry_backoff", RetryBackoff),
            ("retry_backoff_max", RetryBackoffMax),
    ];
}
