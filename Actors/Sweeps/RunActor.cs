using Akka.Actor;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Sweeps;

/// <summary>To the run: ends it in order. Running jobs write their checkpoints, and what devices say last is stored.</summary>
internal sealed record StopDevices;

/// <summary>To the run, whose plan has none: starts devices.</summary>
internal sealed record StartDevices(IReadOnlyList<DeviceSpec> Devices);

/// <summary>
/// The top of a run: makes broker, devices and sweep, and tells those outside of actors how the run ends. What fails an actor below fails
/// the run with its cause.
/// </summary>
internal sealed class RunActor : UntypedActor, IWithTimers
{
    private readonly RunPlan _plan;
    private readonly RunEnds _ends;
    private readonly HashSet<string> _stopping = new(StringComparer.Ordinal);
    private readonly List<IActorRef> _devices = [];
    private IActorRef _broker = ActorRefs.Nobody, _sweep = ActorRefs.Nobody;

    public RunActor(RunPlan plan, RunEnds ends) => (_plan, _ends) = (plan, ends);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Returns how to make the actor of a run.</summary>
    public static Props Props(RunPlan plan, RunEnds ends) => ActorProps.Of(() => new RunActor(plan, ends));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _broker = Context.ActorOf(DeviceBroker.Props(_plan.Devices), "broker");
        var services = new SweepServices(
            _plan.Spec.Name, SweepJournal.Registry, _plan.Streams, _plan.Reuse is { } reuse
                ? Context.ActorOf(reuse(_broker), "reuse")
                : _broker, _plan.Progress, _plan.Files, _plan.Options);
        _sweep = Context.ActorOf(SweepActor.Props(_plan.Configure(services)), "sweep");
        _sweep.Tell(_plan.First);
    }

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
    {
        _ends.Fail(cause);
        return Directive.Stop;
    });

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case SweepEnded m: _ends.End(m.Outcome); break;
            case NoDeviceLeft m: _ends.End(new SweepOutcome(SweepEnd.Failed, [], $"no device is left: {m.Reasons}")); break;
            case Reply m: OnSubmitted(m); break;
            case SweepCommand m: _sweep.Forward(m); break;
            case StartDevices m: Start(m.Devices); break;
            case StopDevices: Stop(); break;
            case DeviceStopped m: OnStopped(m.Device); break;
            case PatienceEnded: _ends.DevicesStopped(); break;
            default: Unhandled(message); break;
        }
    }

    private void OnSubmitted(Reply reply)
    {
        _ends.Begin(reply);
        if (reply is Reply.Refused refused) _ends.End(new SweepOutcome(SweepEnd.Failed, [], refused.Reason));
        Start(_plan.Devices);
    }

    private void Start(IReadOnlyList<DeviceSpec> devices)
    {
        // A sweep that has ended already needs none.
        if (_ends.Outcome.IsCompleted) return;
        _broker.Tell(new ExpectDevices(devices));
        foreach (var device in devices)
            _devices.Add(Context.ActorOf(DeviceActor.Props(device, _plan.Launcher, _broker, _plan.Options, _plan.Progress), device.Name));
    }

    private void Stop()
    {
        _broker.Tell(new DrainBroker());
        foreach (var device in _devices)
        {
            _stopping.Add(device.Path.Name);
            device.Tell(new StopDevice());
        }
        if (_stopping.Count == 0) _ends.DevicesStopped();
        // One whose actor is gone or stuck says nothing.
        Timers.StartSingleTimer(PatienceEnded.Instance, PatienceEnded.Instance, _plan.Options.StopGrace + TimeSpan.FromSeconds(5));
    }

    private void OnStopped(string device)
    {
        _stopping.Remove(device);
        if (_stopping.Count == 0) _ends.DevicesStopped();
    }

    private sealed record PatienceEnded
    {
        public static PatienceEnded Instance { get; } = new();
    }
}
