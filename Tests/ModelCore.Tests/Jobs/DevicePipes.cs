using System.IO.Pipes;
using Sweeps.ModelCore.Jobs;

namespace Sweeps.ModelCore.Tests.Jobs;

/// <summary>A host in this process, at the far ends of two pipes.</summary>
internal sealed class DevicePipes : IDisposable
{
    private readonly AnonymousPipeServerStream _in = new(PipeDirection.Out);
    private readonly AnonymousPipeServerStream _out = new(PipeDirection.In);
    private readonly BoundedLineReader _reader;
    private readonly Task<int> _run;

    public DevicePipes(
        Func<Job, IJobContext, JobResult> run, TimeSpan? grace = null, TimeSpan? heartbeat = null, string root = "/nowhere",
        TimeSpan? idle = null, TimeSpan? silence = null)
    {
        var options = new DeviceHostOptions
        {
            Root = root,
            ProgressInterval = TimeSpan.Zero,
            ShutdownGrace = grace ?? TimeSpan.FromSeconds(60),
            HeartbeatInterval = heartbeat ?? TimeSpan.FromHours(1),
            IdleTime = idle ?? TimeSpan.FromHours(1),
            BearableSilence = silence ?? TimeSpan.Zero,
        };
        var hello = new HelloMessage(DeviceProtocol.Version, "cpu", 1, "1", 1, "x");
        Host = new DeviceHost(options, hello, run, n => Threads = n, TimeProvider.System, () => IdleTimes++, code => LeftAlone = code);
        _reader = new BoundedLineReader(_out);
        var input = new AnonymousPipeClientStream(PipeDirection.In, _in.ClientSafePipeHandle);
        var output = new AnonymousPipeClientStream(PipeDirection.Out, _out.ClientSafePipeHandle);
        _run = Task.Factory.StartNew(
            () => Host.Run(input, output), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public DeviceHost Host { get; }

    /// <summary>What it was last told to use.</summary>
    public int Threads { get; private set; }

    /// <summary>How often it was idle for long.</summary>
    public int IdleTimes { get; private set; }

    /// <summary>The exit code with which it would have ended the process at once; null when it would not.</summary>
    public int? LeftAlone { get; private set; }

    public int ExitCode => _run.GetAwaiter().GetResult();

    public void Say(DeviceRequest request) => SayRaw([.. DeviceProtocol.Write(request), (byte)'\n']);

    public void SayRaw(ReadOnlySpan<byte> bytes)
    {
        _in.Write(bytes);
        _in.Flush();
    }

    public void HangUp() => _in.Dispose();

    public DeviceMessage Next() => _reader.TryRead(out var line) ? DeviceProtocol.ReadMessage(line.Span) : throw new EndOfStreamException();

    public void Dispose()
    {
        Host.Stop();
        _run.GetAwaiter().GetResult();
        _in.Dispose();
        _out.Dispose();
    }
}
