using Sweeps.Actors.Devices;
using Sweeps.Actors.Persistence;
using Sweeps.Actors.Runtime;

namespace Sweeps.Actors.Sweeps;

/// <summary>The actors of one run of a sweep, wired together on a given system and journal.</summary>
internal sealed class SweepRun
{
    private readonly ActorSystem _system;
    private readonly NodeOptions _options;
    private readonly TaskCompletionSource<SweepOutcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRef _broker;
    private readonly IActorRef _sweep;
    private readonly List<IActorRef> _devices = [];

    public SweepRun(
        ActorSystem system, EventStore store, SweepSpec spec, IReadOnlyList<DeviceSpec> devices, IDeviceLauncher launcher, NodeOptions options,
        IProgress<SweepProgress> progress, Action<string> delete, Func<SweepServices, SweepServices>? configure = null)
    {
        (_system, _options) = (system, options);
        _broker = system.ActorOf(Props.Create(() => new DeviceBroker(devices, NoDeviceLeft)), "broker");
        foreach (var device in devices)
            _devices.Add(system.ActorOf(Props.Create(() => new GpuActor(device, launcher, _broker, options, progress)), device.Name));
        var services = new SweepServices(spec.Name, store, _broker, options, progress, delete, outcome => _ended.TrySetResult(outcome));
        if (configure is not null) services = configure(services);
        _sweep = system.ActorOf(Props.Create(() => new SweepActor(services)), "sweep");
        _ = system.WhenTerminated.ContinueWith(
            t => _ended.TrySetResult(new SweepOutcome(SweepEnd.Failed, [], t.Result?.Message ?? "the actor system was terminated")),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        // The reply of a submission that is refused is the end of the run; any other is news to nobody.
        _sweep.Ask<Reply>(new SubmitSweep(spec), TimeSpan.FromMinutes(10)).ContinueWith(
            t =>
            {
                if (t.Status == TaskStatus.RanToCompletion && t.Result is Reply.Refused refused)
                    _ended.TrySetResult(new SweepOutcome(SweepEnd.Failed, [], refused.Reason));
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Done when the sweep has ended, cannot go on, or <see cref="Stop"/> was called; the actors are still there.</summary>
    public Task<SweepOutcome> Ended => _ended.Task;

    /// <summary>Ends the run; its outcome is <see cref="SweepEnd.Stopped"/> unless it has another already.</summary>
    public void Stop() => _ended.TrySetResult(new SweepOutcome(SweepEnd.Stopped, []));

    /// <summary>Sends a command to the sweep.</summary>
    public Task<Reply> Command(SweepCommand command) => _sweep.Ask<Reply>(command, TimeSpan.FromMinutes(1));

    /// <summary>Lets running jobs write their checkpoints, ends the devices, waits until what they said is stored, then stops all actors.</summary>
    public async Task ShutDownAsync()
    {
        foreach (var stop in StopDevices())
        {
            try
            {
                await stop.ConfigureAwait(false);
            }
            catch (AskTimeoutException)
            {
                // The actor is gone or stuck; the system stops it with all others.
            }
        }
        await _system.TerminateAsync().ConfigureAwait(false);
    }

    /// <summary>The first step of <see cref="ShutDownAsync"/>: no more jobs are handed out, and each task is done when its device has stopped, or did not in time.</summary>
    internal IReadOnlyList<Task> StopDevices()
    {
        _broker.Tell(new DrainBroker(), null);
        var patience = _options.StopGrace + TimeSpan.FromSeconds(5);
        return [.. _devices.Select(d => d.Ask<DeviceStopped>(new StopDevice(), patience))];
    }

    private void NoDeviceLeft(string reasons) => _ended.TrySetResult(new SweepOutcome(SweepEnd.Failed, [], $"no device is left: {reasons}"));
}
