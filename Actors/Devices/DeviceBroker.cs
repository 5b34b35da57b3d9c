using Akka.Actor;
using Sweeps.Actors.Metrics;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Devices;

/// <summary>Brings jobs and devices together. What it chooses is in <see cref="BrokerState"/>; it listens and tells.</summary>
internal sealed class DeviceBroker : UntypedActor
{
    private readonly HashSet<string> _expected = new(StringComparer.Ordinal);
    private int _cores = 1;
    private readonly List<string> _losses = [];
    private readonly BrokerMetrics _metrics = new();
    private BrokerState _state = BrokerState.Initial;

    /// <param name="devices">the devices that will report; more may follow by <see cref="ExpectDevices"/></param>
    public DeviceBroker(IReadOnlyCollection<DeviceSpec> devices) => Expect(devices);

    /// <summary>Returns how to make the broker; it tells its parent <see cref="NoDeviceLeft"/>.</summary>
    public static Props Props(IReadOnlyCollection<DeviceSpec> devices) => ActorProps.Of(() => new DeviceBroker(devices));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case QueueJob m: Queue(m.Ticket); break;
            case WithdrawJob m: Withdraw(m); break;
            case HoldSweep m: _state = _state with { Held = _state.Held.Add(m.Sweep) }; break;
            case ReleaseSweep m: Move(_state with { Held = _state.Held.Remove(m.Sweep) }); break;
            case ExpectDevices m: Expect(m.Devices); break;
            case SetTerms m: Move(_state with { Terms = _state.Terms.SetItem(m.Sweep, m.Terms) }); break;
            case DrainBroker: _state = _state with { IsDraining = true }; break;
            case OpenBroker: Move(_state with { IsDraining = false }); break;
            case DeviceLeaving m: Move(_state.Leave(m.Device)); break;
            case DeviceReady m: Welcome(m); break;
            case DeviceMeasured m: Move(_state.Measured(m.Device, m.Peak, m.Size)); break;
            case DeviceFreed m: Move(_state.Free(m.Device)); break;
            case DeviceDown m: Move(_state.Down(m.Device)); break;
            case ForgetDevice m:
                Move(_state.Down(m.Device));
                Sender.Tell(new DeviceForgotten());
                break;
            case DeviceLost m: Lose(m); break;
            default: Unhandled(message); break;
        }
        _metrics.Is(_state);
    }

    /// <inheritdoc/>
    protected override void PostStop() => _metrics.Forget();

    private void Expect(IReadOnlyCollection<DeviceSpec> devices)
    {
        foreach (var device in devices)
        {
            _expected.Add(device.Name);
            _cores = Math.Max(_cores, device.MaxThreads);
        }
    }

    private void Queue(JobTicket ticket)
    {
        // An older attempt still at work is of no use to anyone: its result would be refused.
        if (_state.RunningOn(ticket.Key) is { } device && device.Running!.Attempt != ticket.Attempt)
            device.Actor.Tell(new CancelJob(ticket.Sweep, ticket.Trial, device.Running.Attempt));
        if (_state.Queue.Count < BrokerState.MaxQueued) Move(_state.Enqueue(ticket));
        else
            ticket.Owner.Tell(
                new JobLost(ticket.Trial, ticket.Attempt, $"{BrokerState.MaxQueued} jobs are waiting for a device: no room for another"));
    }

    private void Withdraw(WithdrawJob withdrawn)
    {
        var key = new TicketKey(withdrawn.Sweep, withdrawn.Trial);
        _state = _state.Withdraw(key, withdrawn.Attempt);
        if (_state.RunningOn(key) is { } device)
            device.Actor.Tell(new CancelJob(withdrawn.Sweep, withdrawn.Trial, withdrawn.Attempt));
    }

    private void Welcome(DeviceReady ready)
    {
        var next = _state.Ready(ready.Device, ready.Actor, ready.Kind, ready.Memory);
        ready.Actor.Tell(new ShareCores(Sharing(next)));
        Move(next);
    }

    private void Lose(DeviceLost lost)
    {
        Move(_state.Down(lost.Device));
        _losses.Add($"{lost.Device}: {lost.Reason}");
        if (_expected.Remove(lost.Device) && _expected.Count == 0) Context.Parent.Tell(new NoDeviceLeft(string.Join("; ", _losses)));
    }

    private void Move(BrokerState next)
    {
        // An assignment moves a job from the queue to a device and leaves the sum.
        if (Sharing(next) != Sharing(_state))
            foreach (var device in next.Devices.Values) device.Actor.Tell(new ShareCores(Sharing(next)));
        while (next.Next() is { } assignment)
        {
            next = next.Assign(assignment);
            assignment.Device.Actor.Tell(new RunJob(assignment.Ticket));
        }
        foreach (var device in next.InTheWay())
        {
            device.Actor.Tell(new RefreshDevice());
            next = next.Down(device.Name);
        }
        _state = next;
    }

    // More jobs than cores divide them no further: otherwise every change of a thousand devices would be news to all of them.
    private int Sharing(BrokerState state) => Math.Min(state.Sharing, _cores);
}
