using Akka.Actor;
using Akka.Event;
using Sweeps.Actors.Metrics;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Devices;

/// <summary>
/// Supervises the process of one device: starts it, gives it one job at a time, passes on what it says, kills it when it hangs, and starts
/// it
/// again. An attempt is only reported as lost when its process is gone, so that two never work on the same trial at the same time.
/// </summary>
internal sealed class DeviceActor(
    DeviceSpec device, IDeviceLauncher launcher, IActorRef broker, NodeOptions options, IActorRef progress, bool says = false)
    : UntypedActor, IWithTimers
{
    private const string Watchdog = "watchdog", Beat = "heartbeat", Restart = "restart", Grace = "grace", Alive = "alive";

    private static readonly TimeSpan _alivePace = TimeSpan.FromSeconds(1);

    private readonly DeviceMetrics _metrics = new(device.Name);
    private readonly MemoryWatch _memory = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IDeviceProcess? _process;
    private JobTicket? _ticket;
    private IActorRef? _stopper;
    private int _generation;
    private int _failedStarts;
    private int _threads = device.Threads;
    private int _jobs = int.MaxValue;
    private bool _ready, _refreshing, _ending, _saidUnmeasured;
    private string? _killedFor;

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Returns how to make the actor of a device.</summary>
    /// <param name="device">what it is</param>
    /// <param name="launcher">starts its process</param>
    /// <param name="broker">gives it jobs</param>
    /// <param name="options">waits and limits</param>
    /// <param name="progress">is told how it is</param>
    /// <param name="says">whether the process is told every second that its node lives, see <see cref="AliveRequest"/></param>
    public static Props Props(
        DeviceSpec device, IDeviceLauncher launcher, IActorRef broker, NodeOptions options, IActorRef progress, bool says = false)
        => ActorProps.Of(() => new DeviceActor(device, launcher, broker, options, progress, says));

    /// <inheritdoc/>
    protected override void PreStart() => Start();

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _process?.Kill();
        _metrics.Forget();
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RunJob m: Run(m.Ticket); break;
            case ShareCores m: Share(m.Jobs); break;
            case CancelJob m: Cancel(m); break;
            case RefreshDevice: Refresh(); break;
            case StopDevice: Stop(); break;
            case KillDevice: End(); break;
            case DeviceSaid m when m.Generation == _generation && _process is not null: OnSaid(m.Message); break;
            case DeviceExited m when m.Generation == _generation: OnExited(m.Reason); break;
            case DeviceSaid or DeviceExited: break; // of a process that was given up
            case StartDue: Start(); break;
            case Overdue m: Kill(m.Reason, m.Why); break;
            case BarrierPassed: Stopped(); break;
            case AliveDue: _process?.Send(new AliveRequest()); break;
            default: Unhandled(message); break;
        }
    }

    private void Start()
    {
        (_ready, _killedFor, _refreshing, _threads) = (false, null, false, device.Threads);
        var generation = ++_generation;
        try
        {
            _process = launcher.Launch(device, new Listener(Self, generation));
        }
        catch (IOException e)
        {
            OnExited(e.Message);
            return;
        }
        Progress(DeviceStatus.Starting, null);
        if (says) Timers.StartPeriodicTimer(Alive, AliveDue.Instance, _alivePace);
        Expect(Watchdog, options.StartTimeout, $"it said nothing for {options.StartTimeout} after its start (start_timeout)");
    }

    private void Run(JobTicket ticket)
    {
        if (!_ready || _ticket is not null || _stopper is not null)
        {
            // The process went down while the ticket was on its way.
            ticket.Owner.Tell(new JobLost(ticket.Trial, ticket.Attempt, $"{device.Name} is not ready"));
            return;
        }
        _ticket = ticket;
        _memory.Begin();
        _metrics.Begin(ticket.Job);
        // Before the first word of the process, so that the owner hears in order.
        ticket.Owner.Tell(new JobStarted(ticket.Trial, ticket.Attempt, device.Name));
        _process!.Send(new RunRequest(ticket.Trial.Value, ticket.Attempt, ticket.Job, ticket.ResumeFrom, ticket.Folder));
        ExpectProgress();
    }

    private void Share(int jobs)
    {
        _jobs = jobs;
        if (!_ready || device.ThreadsAmong(jobs) == _threads) return;
        _threads = device.ThreadsAmong(jobs);
        _process!.Send(new ThreadsRequest(_threads));
    }

    private void Cancel(CancelJob cancel)
    {
        if (_ticket is { } t && t.Key == new TicketKey(cancel.Sweep, cancel.Trial) && t.Attempt == cancel.Attempt)
            _process?.Send(new CancelRequest(t.Trial.Value, t.Attempt));
    }

    /// <summary>libtorch keeps what it has taken of a GPU until the process ends.</summary>
    private void Refresh()
    {
        if (!_ready || _ticket is not null || _stopper is not null) return; // it is being started as it is, or stopped
        (_ready, _refreshing) = (false, true);
        _process!.Send(new ExitRequest());
        Expect(Grace, options.StopGrace, $"it did not stop within {options.StopGrace} (stop_grace)");
    }

    private void Stop()
    {
        _stopper = Sender;
        Timers.Cancel(Restart);
        if (_process is null)
        {
            Stopped();
            return;
        }
        _process.Send(new ExitRequest());
        Expect(Grace, options.StopGrace, $"it did not stop within {options.StopGrace} (stop_grace)");
    }

    private void End()
    {
        _ending = true;
        if (_process is null) Context.Stop(Self);
        else Kill("its node told it to end at once", DeviceMetrics.Hung);
    }

    private void OnSaid(DeviceMessage message)
    {
        Expect(Beat, options.HeartbeatTimeout, $"it was silent for {options.HeartbeatTimeout} (heartbeat_timeout)");
        _metrics.Hear(message);
        switch (message)
        {
            case HelloMessage m: OnHello(m); break;
            case HeartbeatMessage: Measure(); break;
            case ProgressMessage m: OnJob(m.Trial, m.Attempt, m, ends: false); break;
            case CheckpointMessage m: OnJob(m.Trial, m.Attempt, m, ends: false); break;
            case EvaluatedMessage m: OnJob(m.Trial, m.Attempt, m, ends: false); break;
            case ResultMessage m: OnJob(m.Trial, m.Attempt, m, ends: true); break;
            case FailedMessage m: OnJob(m.Trial, m.Attempt, m, ends: true); break;
            case CancelledMessage m: OnJob(m.Trial, m.Attempt, m, ends: true); break;
            default: Unhandled(message); break;
        }
    }

    private void OnHello(HelloMessage hello)
    {
        if (hello.Protocol != DeviceProtocol.Version)
        {
            Kill($"it speaks version {hello.Protocol} of the device protocol: expected {DeviceProtocol.Version}", DeviceMetrics.Fault);
            return;
        }
        Timers.Cancel(Watchdog);
        (_ready, _failedStarts) = (true, 0);
        Progress(DeviceStatus.Ready, null);
        Share(_jobs);
        if (_stopper is null) broker.Tell(new DeviceReady(device.Name, Self, DeviceKind.Of(hello)) { Memory = device.Memory });
    }

    private void OnJob(string trial, int attempt, DeviceMessage message, bool ends)
    {
        if (_ticket is not { } ticket || ticket.Trial.Value != trial || ticket.Attempt != attempt) return;
        ticket.Owner.Tell(message);
        if (!ends)
        {
            ExpectProgress();
            return;
        }
        Timers.Cancel(Watchdog);
        Measure(message);
        if (_stopper is not null) return; // the ticket stays: its owner is asked for a barrier when the process is gone
        _ticket = null;
        // Whatever state a bug, or a broken driver, left in the process is not for the next job; and another process should try this one.
        if (message is FailedMessage { Kind: FailureKind.Program }) Kill("a fault of the program ended its job", DeviceMetrics.Fault);
        else broker.Tell(new DeviceFreed(device.Name));
    }

    private void OnExited(string reason)
    {
        Timers.CancelAll();
        _metrics.Exit(expected: _stopper is not null || _refreshing);
        var cause = _killedFor is null ? reason : $"{_killedFor}, and was killed";
        var wasReady = _ready;
        (_process, _ready) = (null, false);
        if (_ending && _stopper is null)
        {
            Context.Stop(Self);
            return;
        }
        broker.Tell(new DeviceDown(device.Name));
        if (_stopper is not null)
        {
            if (_ticket is { } open) open.Owner.Tell(new StoreBarrier());
            else Stopped();
            return;
        }
        if (_ticket is { } lost)
        {
            _ticket = null;
            lost.Owner.Tell(new JobLost(lost.Trial, lost.Attempt, $"{device.Name}: {cause}"));
        }
        if (_refreshing)
        {
            Start();
            return;
        }
        if (!wasReady && ++_failedStarts >= options.MaxFailedStarts)
        {
            var verdict = $"did not start {_failedStarts} times in a row, at last: {cause}";
            Progress(DeviceStatus.Lost, verdict);
            broker.Tell(new DeviceLost(device.Name, verdict));
            return;
        }
        Progress(DeviceStatus.Restarting, cause);
        var wait = Backoff.Wait(
            options.RestartBackoff, options.RestartBackoffMax, Math.Max(1, _failedStarts), $"{device.Name} {_generation}");
        Timers.StartSingleTimer(Restart, new StartDue(), wait);
    }

    /// <param name="end">what ended the job; null while it goes on</param>
    private void Measure(DeviceMessage? end = null)
    {
        if (device.Memory is null || _ticket is null || _process is null) return;
        if (_process.Measure() is not { } use)
        {
            // A process has no part of its GPU before its first job.
            if (end is null || _saidUnmeasured) return;
            _saidUnmeasured = true;
            _log.Warning(
                "{0}: the driver does not tell what its process takes of its GPU, as in a container without the machine's process ids; its "
                    + "jobs run beside no others (jobs_per_gpu is {1})",
                device.Name, options.JobsPerGpu);
            return;
        }
        var (isNews, peak) = _memory.See(use.Used, Context.System.Scheduler.MonotonicClock, end is not null);
        if (!isNews) return;
        // It may have failed for want of what others had.
        if (end is FailedMessage) peak = 0;
        broker.Tell(new DeviceMeasured(device.Name, peak, (long)(use.Size * options.CudaMemoryFraction)));
    }

    /// <param name="reason">for people</param>
    /// <param name="why">in one of the words of <see cref="DeviceMetrics"/></param>
    private void Kill(string reason, string why)
    {
        _killedFor ??= reason;
        _metrics.Kill(why);
        _process?.Kill();
    }

    private void Stopped()
    {
        if (_stopper is null) return;
        Progress(DeviceStatus.Stopped, null);
        _stopper.Tell(new DeviceStopped(device.Name));
        Context.Stop(Self);
    }

    private void ExpectProgress() =>
        Expect(
            Watchdog, options.ProgressTimeout, $"its job {_ticket?.Trial} said nothing for {options.ProgressTimeout} (progress_timeout)");

    private void Expect(string what, TimeSpan within, string otherwise)
    {
        var why = what == Beat ? DeviceMetrics.Silent : _ready ? DeviceMetrics.Hung : DeviceMetrics.NotStarted;
        Timers.StartSingleTimer(what, new Overdue(otherwise, why), within);
    }

    private void Progress(DeviceStatus status, string? reason)
    {
        _metrics.Is(status);
        progress.Tell(new DeviceChanged(device.Name, status, reason));
    }

    private sealed record StartDue;

    private sealed record AliveDue
    {
        public static AliveDue Instance { get; } = new();
    }

    private sealed record Overdue(string Reason, string Why);

    private sealed class Listener(IActorRef actor, int generation) : IDeviceListener
    {
        public void OnMessage(DeviceMessage message) => actor.Tell(new DeviceSaid(generation, message), ActorRefs.NoSender);

        public void OnExit(string reason) => actor.Tell(new DeviceExited(generation, reason), ActorRefs.NoSender);
    }
}
