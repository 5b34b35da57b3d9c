using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Polly;
using Sweeps.Actors.Metrics;

namespace Sweeps.Actors.Devices;

/// <summary>
/// Starts <c>sweeps device --root FOLDER --device cpu --threads N --memory BYTES</c> as a child for each device, and <c>sweeps device
/// --list</c> to see which
/// devices there are (one torch name per line).
/// </summary>
/// <param name="fileName">the program</param>
/// <param name="arguments">what comes before <c>device</c>: the assembly's path when the program is dotnet itself</param>
/// <param name="root">the sweep's folder</param>
/// <param name="options">limits</param>
public sealed class ProcessDeviceLauncher(
    string fileName, IReadOnlyList<string> arguments, string root, NodeOptions options) : IDeviceLauncher
{
    private static readonly ResiliencePipeline _inRealTime = Retries.ProcessStart.Build(TimeProvider.System);

    /// <summary>How long a process bears to hear nothing, see <see cref="AliveRequest"/>; default zero, for ever.</summary>
    public TimeSpan BearableSilence { get; init; }

    /// <summary>How often a process that did not start is tried again.</summary>
    internal ResiliencePipeline StartRetries { get; init; } = _inRealTime;

    /// <summary>What starts a process; null when it did not.</summary>
    internal Func<ProcessStartInfo, Process?> StartProcess { get; init; } = Process.Start;

    /// <summary>Starts the running program again, as a device.</summary>
    /// <param name="root">the sweep's folder, or on a cluster that of all sweeps</param>
    /// <param name="options">limits</param>
    /// <param name="bearableSilence">see <see cref="BearableSilence"/></param>
    public static ProcessDeviceLauncher OfThisProgram(string root, NodeOptions options, TimeSpan bearableSilence = default)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("this process has no path");
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return new ProcessDeviceLauncher(program, isHost ? [Environment.GetCommandLineArgs()[0]] : [], root, options)
        {
            BearableSilence = bearableSilence,
        };
    }

    /// <inheritdoc/>
    public IDeviceProcess Launch(DeviceSpec device, IDeviceListener listener)
    {
        ArgumentNullException.ThrowIfNull(device);
        var threads = device.Threads.ToString(CultureInfo.InvariantCulture);
        var start = Start("device", "--root", Path.GetFullPath(root), "--device", device.Torch, "--threads", threads,
            "--memory", device.MemoryBytes.ToString(CultureInfo.InvariantCulture));
        if (BearableSilence > TimeSpan.Zero)
        {
            start.ArgumentList.Add("--silence");
            start.ArgumentList.Add(BearableSilence.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        }
        start.RedirectStandardInput = true;
        // Read when the libraries are loaded: too late for the process to set them itself.
        start.Environment["OMP_NUM_THREADS"] = threads;
        start.Environment["MKL_NUM_THREADS"] = threads;
        if (device.Torch.StartsWith("cuda", StringComparison.Ordinal))
            LimitCuda(start.Environment, options.CudaMemoryFraction);
        return new ChildProcess(Begin(start), listener, options.MaxLineBytes);
    }

    /// <summary>Limits libtorch's CUDA allocator, beside what its settings say already; a limit in them stays.</summary>
    /// <param name="environment">
    /// of the process to be started: it is read when libtorch is loaded, and TorchSharp has no function for it
    /// </param>
    /// <param name="fraction">of the GPU's memory</param>
    internal static void LimitCuda(IDictionary<string, string?> environment, double fraction)
    {
        const string Limit = "per_process_memory_fraction";
        // The first is the one that counts where both are set.
        var settings = new[] { "PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF" }
            .Select(name => environment.TryGetValue(name, out var value) ? value : null)
            .FirstOrDefault(value => !string.IsNullOrEmpty(value));
        if (settings?.Contains(Limit, StringComparison.Ordinal) == true) return;
        var limit = string.Create(CultureInfo.InvariantCulture, $"{Limit}:{fraction:0.######}");
        environment["PYTORCH_CUDA_ALLOC_CONF"] = settings is null ? limit : $"{settings},{limit}";
    }

    /// <inheritdoc/>
    public async Task<int> CountCudaAsync(CancellationToken cancellation)
    {
        using var process = Begin(Start("device", "--list"));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.StartTimeout);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            var lines = await process.StandardOutput.ReadToEndAsync(limit.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return process.ExitCode == 0
                ? lines.Split('\n').Count(l => l.StartsWith("cuda:", StringComparison.Ordinal))
                : throw new IOException(
                    $"{fileName} device --list ended with exit code {process.ExitCode}: {(await errors.ConfigureAwait(false)).Trim()}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"{fileName} device --list said nothing for {options.StartTimeout} (start_timeout)");
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private Process Begin(ProcessStartInfo start)
    {
        try
        {
            return StartRetries.Execute(() => StartProcess(start)) ?? throw new IOException($"{start.FileName} did not start");
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{start.FileName} did not start: {e.Message}", e);
        }
    }

    private ProcessStartInfo Start(params ReadOnlySpan<string> own)
    {
        var start = new ProcessStartInfo(fileName) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var argument in own) start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>Threads of its own for each stream, so that a process that does not read or write holds nobody up.</summary>
    private sealed class ChildProcess : IDeviceProcess
    {
        private const int TailChars = 2000;

        private readonly Process _process;
        private readonly int _id;
        private readonly IDeviceListener _listener;
        private readonly int _maxLineBytes;
        private readonly Channel<DeviceRequest> _requests = Channel.CreateBounded<DeviceRequest>(64);
        private string _tail = "";

        public ChildProcess(Process process, IDeviceListener listener, int maxLineBytes)
        {
            (_process, _id, _listener, _maxLineBytes) = (process, process.Id, listener, maxLineBytes);
            // Taken before any thread runs: the process may have ended, and be disposed of, before another one has begun.
            var input = process.StandardInput.BaseStream;
            var errors = Background("device errors", ReadErrors);
            Background("device requests", () => WriteRequests(input));
            Background("device messages", () => ReadMessages(errors));
        }

        public MemoryUse? Measure() => Gpus.UsedBy(_id);

        public void Send(DeviceRequest request)
        {
            // Full only when the process has stopped reading, which the watchdog deals with.
            _requests.Writer.TryWrite(request);
        }

        public void Kill()
        {
            try
            {
                _process.Kill();
            }
            catch (InvalidOperationException)
            {
                // It has ended and been disposed of already.
            }
        }

        private static Thread Background(string name, Action body)
        {
            var thread = new Thread(() => body()) { IsBackground = true, Name = name };
            thread.Start();
            return thread;
        }

        private void WriteRequests(Stream input)
        {
            try
            {
                using (input)
                {
                    foreach (var request in _requests.Reader.ReadAllAsync().ToBlockingEnumerable())
                    {
                        input.Write([.. DeviceProtocol.Write(request), (byte)'\n']);
                        input.Flush();
                    }
                }
            }
            catch (IOException)
            {
                // The process has ended; its end is told by the reader.
            }
        }

        private void ReadMessages(Thread errors)
        {
            string? fault = null;
            try
            {
                var reader = new BoundedLineReader(_process.StandardOutput.BaseStream, _maxLineBytes);
                while (reader.TryRead(out var line)) _listener.OnMessage(DeviceProtocol.ReadMessage(line.Span));
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                fault = e.Message;
                Kill();
            }
            _process.WaitForExit();
            errors.Join();
            _requests.Writer.Complete();
            var ending = fault ?? string.Create(CultureInfo.InvariantCulture, $"its process ended with exit code {_process.ExitCode}");
            _process.Dispose();
            _listener.OnExit(_tail.Length == 0 ? ending : $"{ending}: {_tail.Trim()}");
        }

        private void ReadErrors()
        {
            try
            {
                var buffer = new char[1024];
                while (_process.StandardError.Read(buffer) is var read and > 0)
                {
                    var text = _tail + new string(buffer, 0, read);
                    _tail = text[^Math.Min(text.Length, TailChars)..];
                }
            }
            catch (IOException)
            {
                // The end of the stream by another name.
            }
        }
    }
}
