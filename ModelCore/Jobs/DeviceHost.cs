using System.Threading.Channels;

namespace Sweeps.ModelCore.Jobs;

/// <summary>
/// The inside of a device process: reads requests, runs one job at a time on a thread of its own, and tells what happens. It ends when told
/// to, when its input ends (so that a killed orchestrator leaves no orphan) and on <see cref="Stop"/> (SIGTERM).
/// </summary>
/// <param name="options">device, folder and times</param>
/// <param name="hello">the first message</param>
/// <param name="run">runs a job; called on the job thread only</param>
/// <param name="setThreads">sets the threads inside one operator; called on a thread of its own, also while a job runs</param>
/// <param name="time">for heartbeats and the pace of progress messages; reaches no result</param>
/// <param name="idle">called once whenever no job came for <see cref="DeviceHostOptions.IdleTime"/></param>
/// <param name="leftAlone">ends the process at once, with an exit code</param>
/// <param name="memory">what tensors take, for heartbeats; null where that is not told</param>
internal sealed class DeviceHost(
    DeviceHostOptions options, HelloMessage hello, Func<Job, IJobContext, JobResult> run, Action<int> setThreads, TimeProvider time,
    Action idle, Action<int> leftAlone, Func<DeviceMemory>? memory = null)
{
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<JobContext> _jobs = Channel.CreateBounded<JobContext>(1);
    private readonly Lock _writing = new();
    private readonly Lock _running = new();
    private JobContext? _current;
    private long? _idleSince = time.GetTimestamp(); // null while a job runs, and when idle was called
    private long _heard = time.GetTimestamp();
    private Stream _output = Stream.Null;
    private string? _fault;
    private string? _gpuFailure;

    /// <summary>Exit code: told to end, or the input ended.</summary>
    public const int Ended = 0;

    /// <summary>Exit code: the input is not the protocol; standard error says why.</summary>
    public const int ProtocolFault = 2;

    /// <summary>Exit code: the job did not stop within <see cref="DeviceHostOptions.ShutdownGrace"/>.</summary>
    public const int JobAbandoned = 3;

    /// <summary>Exit code: the GPU failed, after which no job of this process can use it; standard error says how.</summary>
    public const int GpuFailed = 4;

    /// <summary>Exit code: whoever asks has said nothing for <see cref="DeviceHostOptions.BearableSilence"/>.</summary>
    public const int LeftAlone = 5;

    /// <summary>Serves until told to end.</summary>
    /// <returns>the process's exit code</returns>
    public int Run(Stream input, Stream output)
    {
        _output = output;
        Send(hello);
        var worker = Background("job", () =>
        {
            foreach (var context in _jobs.Reader.ReadAllAsync().ToBlockingEnumerable()) Execute(context);
        });
        Background("requests", () => ReadRequests(input));
        using (time.CreateTimer(_ => Beat(), null, options.HeartbeatInterval, options.HeartbeatInterval))
            _stop.Task.Wait();

        lock (_running)
        {
            _jobs.Writer.Complete();
            _current?.Cancel();
        }
        if (!worker.Join(options.ShutdownGrace)) return JobAbandoned;
        if ((_fault ?? _gpuFailure) is not { } message) return Ended;
        Console.Error.WriteLine(message);
        return _fault is null ? GpuFailed : ProtocolFault;
    }

    /// <summary>Cancels the running job and makes <see cref="Run"/> return. From any thread, any number of times.</summary>
    public void Stop() => _stop.TrySetResult();

    private static Thread Background(string name, Action body)
    {
        var thread = new Thread(() => body(), maxStackSize: 16 << 20) { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    private void ReadRequests(Stream input)
    {
        var told = false;
        try
        {
            var reader = new BoundedLineReader(input);
            while (reader.TryRead(out var line))
            {
                Volatile.Write(ref _heard, time.GetTimestamp());
                switch (DeviceProtocol.ReadRequest(line.Span))
                {
                    case RunRequest request:
                        Accept(request);
                        break;
                    case ThreadsRequest { Threads: > 0 } request:
                        setThreads(request.Threads);
                        break;
                    case ThreadsRequest request:
                        throw new InvalidDataException($"threads is {request.Threads}: expected at least 1");
                    case CancelRequest cancel:
                        lock (_running)
                            if (_current is { } job && job.Trial == cancel.Trial && job.Attempt == cancel.Attempt) job.Cancel();
                        break;
                    case AliveRequest:
                        break;
                    case ExitRequest:
                        told = true;
                        return;
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            _fault = e.Message;
        }
        finally
        {
            // Whoever asked is dead; what a job wrote on its way to an end in order nobody would know of, and others may have it by then.
            if (!told && options.BearableSilence > TimeSpan.Zero) leftAlone(LeftAlone);
            Stop();
        }
    }

    private void Accept(RunRequest request)
    {
        lock (_running)
        {
            if (_current is { } job)
            {
                Send(
                    new FailedMessage(
                        request.Trial, request.Attempt, FailureKind.World,
                        $"the device is busy with trial {job.Trial}, attempt {job.Attempt}"));
                return;
            }
            var context = new JobContext(this, request);
            if (_jobs.Writer.TryWrite(context)) (_current, _idleSince) = (context, null);
            else context.Dispose(); // the process is ending
        }
    }

    private void Execute(JobContext context)
    {
        DeviceMessage answer;
        try
        {
            answer = new ResultMessage(context.Trial, context.Attempt, run(context.Job, context));
        }
        catch (OperationCanceledException) when (context.Cancelled.IsCancellationRequested)
        {
            answer = new CancelledMessage(context.Trial, context.Attempt);
        }
        catch (Exception e)
        {
            // Whatever went wrong in a job must reach the orchestrator, not end the process.
            var failure = JobFailure.Of(e);
            answer = new FailedMessage(context.Trial, context.Attempt, failure.Kind, failure.Message);
            // CUDA answers every later call of this process with the same error.
            if (TorchErrors.IsOfGpu(failure.InnerException ?? failure)) _gpuFailure = failure.Message;
        }
        // Free before the answer is out: its reader may send the next job at once.
        lock (_running) (_current, _idleSince) = (null, time.GetTimestamp());
        Send(answer);
        context.Dispose();
        if (_gpuFailure is not null) Stop();
    }

    private void Beat()
    {
        // Without any ado: the job may be another's by now, and must not write another file.
        if (options.BearableSilence > TimeSpan.Zero && time.GetElapsedTime(Volatile.Read(ref _heard)) > options.BearableSilence)
            leftAlone(LeftAlone);
        JobContext? job;
        lock (_running)
        {
            job = _current;
            if (_idleSince is { } since && time.GetElapsedTime(since) >= options.IdleTime)
            {
                _idleSince = null;
                idle();
            }
        }
        Send(new HeartbeatMessage(job?.Trial, job?.Attempt ?? 0) { Memory = memory?.Invoke() });
    }

    private void Send(DeviceMessage message)
    {
        byte[] line = [.. DeviceProtocol.Write(message), (byte)'\n'];
        try
        {
            lock (_writing)
            {
                _output.Write(line);
                _output.Flush();
            }
        }
        catch (IOException)
        {
            Stop(); // nobody listens any more
        }
    }

    private sealed class JobContext(DeviceHost host, RunRequest request) : IJobContext, IDisposable
    {
        private readonly CancellationTokenSource _cancel = new();
        private long? _lastReport;

        public string Trial => request.Trial;

        public int Attempt => request.Attempt;

        public Job Job => request.Job;

        public string Root { get; } = request.Folder is { } folder ? Path.Combine(host.Options.Root, folder) : host.Options.Root;

        public string Device => host.Options.TorchDevice;

        public CancellationToken Cancelled => _cancel.Token;

        public ArtifactRef? ResumeFrom => request.ResumeFrom;

        public void Report(JobProgress progress)
        {
            var now = host.Time.GetTimestamp();
            if (_lastReport is { } last && progress.Step < progress.Steps
                && host.Time.GetElapsedTime(last, now) < host.Options.ProgressInterval) return;
            _lastReport = now;
            host.Send(new ProgressMessage(Trial, Attempt, progress));
        }

        public void Checkpointed(int step, ArtifactRef checkpoint, TimeSpan took = default) =>
            host.Send(new CheckpointMessage(Trial, Attempt, step, checkpoint) { Seconds = took.TotalSeconds });

        public void Evaluated(int step, double loss) => host.Send(new EvaluatedMessage(Trial, Attempt, step, loss));

        // Under the host's lock, as is the end of the job: never after Dispose.
        public void Cancel() => _cancel.Cancel();

        public void Dispose() => _cancel.Dispose();
    }

    private DeviceHostOptions Options => options;

    private TimeProvider Time => time;
}
