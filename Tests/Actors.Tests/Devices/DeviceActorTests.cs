using Akka.Actor;
using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Tests.Devices;

public sealed class DeviceActorTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly ActorSystem _system = ActorSystem.Create("device");

    public void Dispose() => _system.Terminate().Wait(_patience);

    [Fact]
    public void A_device_that_is_told_to_end_at_once_is_there_until_its_process_has_ended()
    {
        using var process = new DyingProcess();
        var inbox = Inbox.Create(_system);
        var device = _system.ActorOf(
            DeviceActor.Props(new DeviceSpec("cpu-0", "cpu", 1), process, ActorRefs.Nobody, new NodeOptions(), ActorRefs.Nobody));
        inbox.Watch(device);
        device.Tell(new KillDevice());
        Assert.True(process.IsKilled.Wait(_patience));
        Assert.Throws<TimeoutException>(() => inbox.Receive(TimeSpan.FromMilliseconds(100)));
        process.Listener!.OnExit("killed");
        Assert.Equal(device, Assert.IsType<Terminated>(inbox.Receive(_patience)).ActorRef);
    }

    /// <summary>A process that does not end before the test says so.</summary>
    private sealed class DyingProcess : IDeviceLauncher, IDeviceProcess, IDisposable
    {
        public ManualResetEventSlim IsKilled { get; } = new();

        public IDeviceListener? Listener { get; private set; }

        public IDeviceProcess Launch(DeviceSpec device, IDeviceListener listener)
        {
            Listener = listener;
            return this;
        }

        public Task<int> CountCudaAsync(CancellationToken cancellation) => Task.FromResult(0);

        public void Send(DeviceRequest request)
        {
        }

        public void Kill() => IsKilled.Set();

        public void Dispose() => IsKilled.Dispose();
    }
}
