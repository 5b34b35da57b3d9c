using Sweeps.Actors.Runtime;

namespace Sweeps.Actors.Devices;

/// <summary>Brings jobs and devices together. What it chooses is in <see cref="BrokerState"/>; it listens and tells.</summary>
internal sealed class DeviceBroker : ActorBase
{
    private readonly HashSet<string> _expected;
    private readonly int _cores;
    private readonly Action<string> _noDeviceLeft;
    private readonly List<string> _losses = [];
    private BrokerState _state = BrokerState.Initial;

    /// <param name="devices">the devices that will report, at least one</param>
    /// <param name="noDeviceLeft">called with the reasons when the last of them is lost</param>
    public DeviceBroker(IReadOnlyCollection<DeviceSpec> devices, Action<string> noDeviceLeft)
    {
        _expected = devices.Select(d => d.Name).ToHashSet(StringComparer.Ordinal);
        _cores = devices.Max(d => d.MaxThreads);
        _noDeviceLeft = noDeviceLeft;
    }

    protected internal override void OnReceive(object message)
    {
        switch (message)
        {
            case QueueJob m: Queue(m.Ticket); break;
            case WithdrawJob m: Withdraw(m); break;
            case HoldSweep m: _state = _state with { Held = _state.Held.Add(m.Sweep) }; break;
            case ReleaseSweep m: Become(_state with { Held = _state.Held.Remove(m.Sweep) }); break;
            case DrainBroker: _state = _state with { IsDraining = true }; break;
            case DeviceReady m: Welcome(m); break;
            case DeviceFreed m: Become(_state.Free(m.Device)); break;
            case DeviceDown m: Become(_state.Down(m.Device)); break;
            case DeviceLost m: Lose(m); break;
            default: Unhandled(message); break;
        }
    }

    private void Queue(JobTicket ticket)
    {
        // An older attempt still at work is of no use to anyone: its result would be refused.
        if (_state.RunningOn(ticket.Trial) is { } device && device.Running!.Attempt != ticket.Attempt)
            device.Gpu.Tell(new CancelJob(ticket.Trial, device.Running.Attempt));
        if (_state.Queue.Count < BrokerState.MaxQueued) Become(_state.Enqueue(ticket));
        else ticket.Owner.Tell(new JobLost(ticket.Trial, ticket.Attempt, $"{BrokerState.MaxQueued} jobs are waiting for a device: no room for another"));
    }

    private void Withdraw(WithdrawJob withdrawn)
    {
        _state = _state.Withdraw(withdrawn.Trial, withdrawn.Attempt);
        if (_state.RunningOn(withdrawn.Trial) is { } device) device.Gpu.Tell(new CancelJob(withdrawn.Trial, withdrawn.Attempt));
    }

    private void Welcome(DeviceReady ready)
    {
        var next = _state.Ready(ready.Device, ready.Gpu);
        ready.Gpu.Tell(new ShareCores(Sharing(next)));
        Become(next);
    }

    private void Lose(DeviceLost lost)
    {
        Become(_state.Down(lost.Device));
        _losses.Add($"{lost.Device}: {lost.Reason}");
        if (_expected.Remove(lost.Device) && _expected.Count == 0) _noDeviceLeft(string.Join("; ", _losses));
    }

    private void Become(BrokerState next)
    {
        // An assignment moves a job from the queue to a device and leaves the sum.
        if (Sharing(next) != Sharing(_state))
            foreach (var device in next.Devices.Values) device.Gpu.Tell(new ShareCores(Sharing(next)));
        while (next.Next() is { } assignment)
        {
            next = next.Assign(assignment);
            assignment.Device.Gpu.Tell(new RunJob(assignment.Ticket));
        }
        _state = next;
    }

    // More jobs than cores divide them no further: otherwise every change of a thousand devices would be news to all of them.
    private int Sharing(BrokerState state) => Math.Min(state.Sharing, _cores);
}
