using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Tests;

/// <summary>What a fake device does with a request.</summary>
internal delegate IEnumerable<Step> Script(RunRequest request, DeviceSpec device);

/// <summary>One thing a fake device does, some time after the one before.</summary>
/// <param name="After">seconds of virtual time</param>
/// <param name="Say">a message; null to die instead</param>
internal sealed record Step(double After, DeviceMessage? Say);

/// <summary>Scripts for fake devices.</summary>
internal static class Scripts
{
    /// <summary>Every job succeeds; training takes longer and writes a checkpoint half-way.</summary>
    public static IEnumerable<Step> Smooth(RunRequest r, DeviceSpec device)
    {
        var seconds = r.Job switch
        {
            TrainJob => 60,
            PruneJob => 5,
            _ => 1,
        };
        yield return Progress(r, seconds * 0.25);
        if (r.Job is TrainJob) yield return Checkpoint(r, seconds * 0.25);
        foreach (var step in Evaluations(r, seconds * 0.25)) yield return step;
        yield return Result(r, seconds * 0.25);
    }

    /// <summary>The evaluations of a training, evenly over some seconds; nothing of other jobs.</summary>
    public static IEnumerable<Step> Evaluations(RunRequest r, double seconds)
    {
        if (r.Job is not TrainJob train) return [];
        var evaluations = FakeResults.Evaluations(train).ToList();
        return evaluations.Select(at => new Step(
            seconds / evaluations.Count, new EvaluatedMessage(r.Trial, r.Attempt, at.Step, at.Loss)));
    }

    public static Step Progress(RunRequest r, double after) =>
        new(after, new ProgressMessage(r.Trial, r.Attempt, new JobProgress(1, 4, 2.5)));

    public static Step Checkpoint(RunRequest r, double after, int step = 2) =>
        new(
            after,
            new CheckpointMessage(r.Trial, r.Attempt, step, new ArtifactRef($"{r.Job.Output}/checkpoint-{step}", new string('c', 64), 10)));

    public static Step Result(RunRequest r, double after) => new(after, new ResultMessage(r.Trial, r.Attempt, FakeResults.Of(r.Job)));

    public static Step Fails(RunRequest r, FailureKind kind, string reason, double after = 1) =>
        new(after, new FailedMessage(r.Trial, r.Attempt, kind, reason));

    public static Step Dies(double after) => new(after, null);
}

/// <summary>Fake device processes in virtual time: they say hello after a moment, beat every second, and follow the script.</summary>
internal sealed class FakeLauncher(TimeProvider time, Script script) : IDeviceLauncher
{
    public List<RunRequest> Requests { get; } = [];

    /// <summary>The threads that the device of each request was last told to use.</summary>
    public List<int> Threads { get; } = [];

    public int Launches { get; private set; }

    public int Kills { get; private set; }

    /// <summary>Whether the process of a device starts at all; by default it does.</summary>
    public Func<DeviceSpec, bool> Starts { get; set; } = _ => true;

    /// <summary>Whether a process beats; by default it does.</summary>
    public Func<DeviceSpec, bool> Beats { get; set; } = _ => true;

    /// <summary>The GPU that all devices share which have a <see cref="DeviceSpec.Memory"/>; without one nothing can be measured.</summary>
    public FakeGpu? Gpu { get; set; }

    public IDeviceProcess Launch(DeviceSpec device, IDeviceListener listener)
    {
        Launches++;
        if (!Starts(device)) throw new IOException("no such program");
        return new FakeProcess(this, device, listener);
    }

    public Task<int> CountCudaAsync(CancellationToken cancellation) => Task.FromResult(0);

    private sealed class FakeProcess : IDeviceProcess
    {
        private readonly FakeLauncher _owner;
        private readonly DeviceSpec _device;
        private readonly IDeviceListener _listener;
        private readonly ITimer _beat;
        private RunRequest? _running;
        private bool _dead;
        private int _threads;

        public FakeProcess(FakeLauncher owner, DeviceSpec device, IDeviceListener listener)
        {
            (_owner, _device, _listener) = (owner, device, listener);
            var second = TimeSpan.FromSeconds(1);
            _threads = device.Threads;
            _beat = owner.Time.CreateTimer(_ => { if (owner.Beats(device)) Say(new HeartbeatMessage(null, 0)); }, null, second, second);
            Later(0.2, () => Say(new HelloMessage(DeviceProtocol.Version, device.Torch, 1, "fake", 1, "none")));
        }

        public void Send(DeviceRequest request)
        {
            if (_dead) return;
            switch (request)
            {
                case ThreadsRequest r:
                    _threads = r.Threads;
                    break;
                case RunRequest r:
                    _owner.Requests.Add(r);
                    _owner.Threads.Add(_threads);
                    _running = r;
                    var at = 0.0;
                    var fits = _owner.Gpu?.Run(this, r) ?? true;
                    var steps = fits ? _owner.Script(r, _device) : [Scripts.Fails(r, FailureKind.World, "out of memory")];
                    foreach (var step in steps)
                    {
                        at += step.After;
                        Later(at, () => Do(r, step));
                    }
                    break;
                case CancelRequest c when _running?.Trial == c.Trial && _running.Attempt == c.Attempt:
                    Cancel();
                    break;
                case ExitRequest:
                    Cancel();
                    Later(0.2, () => Die("its process ended with exit code 0"));
                    break;
            }
        }

        public MemoryUse? Measure() => _owner.Gpu?.Of(this);

        public void Kill()
        {
            _owner.Kills++;
            Die("its process ended with exit code 137");
        }

        private void Cancel()
        {
            if (_running is not { } r) return;
            _running = null;
            _owner.Gpu?.End(this);
            if (r.Job is TrainJob) Say((CheckpointMessage)Scripts.Checkpoint(r, 0, step: 3).Say!);
            Say(new CancelledMessage(r.Trial, r.Attempt));
        }

        private void Do(RunRequest request, Step step)
        {
            if (_running != request) return;
            if (step.Say is null)
            {
                Die("its process ended with exit code 139");
                return;
            }
            if (step.Say is ResultMessage or FailedMessage)
            {
                _running = null;
                _owner.Gpu?.End(this);
            }
            Say(step.Say);
        }

        private void Say(DeviceMessage message)
        {
            // Through the wire format: what cannot be written or read must not pass a test.
            if (!_dead) _listener.OnMessage(DeviceProtocol.ReadMessage(DeviceProtocol.Write(message)));
        }

        private void Die(string reason)
        {
            if (_dead) return;
            _dead = true;
            _owner.Gpu?.Forget(this);
            _beat.Dispose();
            _listener.OnExit(reason);
        }

        private void Later(double seconds, Action action) =>
            _owner.Time.CreateTimer(_ => { if (!_dead) action(); }, null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
    }

    private TimeProvider Time => time;

    private Script Script => script;
}
