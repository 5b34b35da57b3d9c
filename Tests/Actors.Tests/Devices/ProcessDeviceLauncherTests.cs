using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Sweeps.Actors.Devices;
using Sweeps.Tests;

namespace Sweeps.Actors.Tests.Devices;

/// <summary>Real child processes: a shell in the place of <c>sweeps device</c>.</summary>
public sealed class ProcessDeviceLauncherTests
{
    private const string Cuda = "PYTORCH_CUDA_ALLOC_CONF", All = "PYTORCH_ALLOC_CONF";

    private static readonly DeviceSpec _device = new("cpu-0", "cpu", 1);

    [Fact]
    public async Task Messages_come_in_order_and_then_the_exit_with_the_end_of_standard_error()
    {
        var heard = await Run("""echo '{"type":"heartbeat","trial":null,"attempt":1}'; echo '{"type":"heartbeat","trial":null,"attempt":2}'; echo out of paper >&2; exit 3""");
        Assert.Equal([1, 2], heard.Messages.Cast<HeartbeatMessage>().Select(m => m.Attempt));
        Assert.Contains("exit code 3: out of paper", heard.Exit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_reach_the_process()
    {
        var heard = await Run("""read line; echo '{"type":"heartbeat","trial":"'"${#line}"'","attempt":0}'""", p => p.Send(new CancelRequest("models/x", 2)));
        var sent = Encoding.UTF8.GetString(DeviceProtocol.Write(new CancelRequest("models/x", 2)));
        Assert.Equal(
            sent.Length.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Assert.IsType<HeartbeatMessage>(Assert.Single(heard.Messages)).Trial);
    }

    [Fact]
    public async Task A_killed_process_exits()
    {
        var heard = await Run("exec cat >/dev/null", p => p.Kill());
        Assert.Contains("exit code 137", heard.Exit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_has_ended_can_be_measured_written_to_and_killed_as_any_other()
    {
        var listener = new Listener();
        var process = Launcher("exit 0").Launch(_device, listener);
        await listener.Exited.Task.WaitAsync(TimeSpan.FromSeconds(60));
        _ = process.Measure();
        process.Send(new CancelRequest("models/x", 2));
        process.Kill();
        // Some end before the thread that writes to them has begun.
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Run("exit 0", p => p.Send(new CancelRequest("models/x", 2)))));
    }

    [Theory]
    [InlineData("echo hello; exec cat >/dev/null", "not understood")]
    [InlineData("head -c 100000 /dev/zero | tr '\\0' x; exec cat >/dev/null", "longer than 65536 bytes")]
    public async Task A_process_that_does_not_speak_the_protocol_is_killed(string script, string reason)
    {
        var heard = await Run(script);
        Assert.Contains(reason, heard.Exit, StringComparison.Ordinal);
        Assert.Empty(heard.Messages);
    }

    [Fact]
    public void A_program_that_is_not_there_is_an_error_at_once()
    {
        var launcher = new ProcessDeviceLauncher("/no/such/program", [], Path.GetTempPath(), new NodeOptions());
        Assert.Contains(
            "/no/such/program", Assert.Throws<IOException>(() => launcher.Launch(_device, new Listener())).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(11)] // EAGAIN: too many processes
    [InlineData(24)] // EMFILE
    [InlineData(26)] // ETXTBSY: the program's file is being replaced
    public async Task A_start_that_fails_for_want_of_something_is_tried_again(int error)
    {
        var (time, starts) = (new ImpatientTime(), 0);
        var launcher = new ProcessDeviceLauncher("/bin/sh", ["-c", "printf 'cuda:0\\n'"], Path.GetTempPath(), new NodeOptions())
        {
            StartRetries = Retries.ProcessStart.Build(time),
            StartProcess = start => ++starts == 1 ? throw new Win32Exception(error) : Process.Start(start),
        };
        Assert.Equal(1, await launcher.CountCudaAsync(default));
        Assert.Equal((2, 1), (starts, time.Waits));
    }

    [Theory]
    [InlineData(2, 1)] // ENOENT
    [InlineData(13, 1)] // EACCES
    [InlineData(12, 4)] // ENOMEM
    public void A_start_that_fails_for_good_is_an_error_that_names_the_program(int error, int tries)
    {
        var (time, starts) = (new ImpatientTime(), 0);
        var launcher = new ProcessDeviceLauncher("/bin/sh", [], Path.GetTempPath(), new NodeOptions())
        {
            StartRetries = Retries.ProcessStart.Build(time),
            StartProcess = _ =>
            {
                starts++;
                throw new Win32Exception(error);
            },
        };
        var e = Assert.Throws<IOException>(() => launcher.Launch(_device, new Listener()));
        Assert.Contains("/bin/sh did not start", e.Message, StringComparison.Ordinal);
        Assert.Equal((tries, tries - 1), (starts, time.Waits));
    }

    [Fact]
    public async Task Cuda_devices_are_counted_by_the_child()
    {
        Assert.Equal(2, await Launcher("printf 'cpu\\ncuda:0\\ncuda:1\\n'").CountCudaAsync(default));
        var e = await Assert.ThrowsAsync<IOException>(() => Launcher("echo no libtorch >&2; exit 1").CountCudaAsync(default));
        Assert.Contains("no libtorch", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.9, null, null, "per_process_memory_fraction:0.9")]
    [InlineData(0.25, "expandable_segments:True", null, "expandable_segments:True,per_process_memory_fraction:0.25")]
    [InlineData(1.0, null, "backend:native", "backend:native,per_process_memory_fraction:1")]
    [InlineData(0.5, "max_split_size_mb:64", "backend:native", "max_split_size_mb:64,per_process_memory_fraction:0.5")]
    [InlineData(0.9, "per_process_memory_fraction:0.1", null, "per_process_memory_fraction:0.1")]
    public void Of_a_gpu_s_memory_a_device_gets_its_fraction_beside_what_is_set(double fraction, string? cuda, string? all, string expected)
    {
        var environment = new Dictionary<string, string?> { [Cuda] = cuda, [All] = all };
        ProcessDeviceLauncher.LimitCuda(environment, fraction);
        Assert.Equal((expected, all), (environment[Cuda], environment[All]));
    }

    [Theory]
    [InlineData("cpu", false)]
    [InlineData("cuda:1", true)]
    public void Only_a_cuda_device_is_started_with_a_limit_of_cuda_memory(string torch, bool isLimited)
    {
        ProcessStartInfo? started = null;
        var launcher = new ProcessDeviceLauncher("/no/such/program", [], Path.GetTempPath(), new NodeOptions())
        {
            StartProcess = start =>
            {
                started = start;
                return null;
            },
        };
        Assert.Throws<IOException>(() => launcher.Launch(new DeviceSpec("device", torch, 1), new Listener()));
        var settings = started!.Environment.TryGetValue(Cuda, out var value) ? value : null;
        Assert.Equal(isLimited, settings?.Contains("per_process_memory_fraction", StringComparison.Ordinal) == true);
    }

    private static ProcessDeviceLauncher Launcher(string script) =>
        new("/bin/sh", ["-c", script], Path.GetTempPath(), new NodeOptions { MaxLineBytes = 1 << 16 });

    private static async Task<Listener> Run(string script, Action<IDeviceProcess>? act = null)
    {
        var listener = new Listener();
        var process = Launcher(script).Launch(_device, listener);
        act?.Invoke(process);
        await listener.Exited.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return listener;
    }

    private sealed class Listener : IDeviceListener
    {
        public ConcurrentQueue<DeviceMessage> Messages { get; } = new();

        public TaskCompletionSource<string> Exited { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Exit => Exited.Task.GetAwaiter().GetResult();

        public void OnMessage(DeviceMessage message) => Messages.Enqueue(message);

        public void OnExit(string reason) => Exited.TrySetResult(reason);
    }
}
