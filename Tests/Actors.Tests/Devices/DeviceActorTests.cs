using Akka.Actor;
using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Tests.Devices;

public sealed class DeviceActorTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly ActorSystem _system = ActorSystem.Create("device");

    public void Dispose() => _system.Terminate().Wait(_patience);

    [Fact]
    public async Task A_device_that_is_told_to_end_at_once_is_there_until_its_process_has_ended()
    {
        using var process = new DyingProcess();
        var device = _system.ActorOf(
            DeviceActor.Props(new DeviceSpec("cpu-0", "cpu", 1), process, ActorRefs.Nobody, new NodeOptions(), ActorRefs.Nobody));
        var ended = device.WatchAsync();
        device.Tell(new KillDevice());
        Assert.True(process.IsKilled.Wait(_patience));
        await Task.WhenAny(ended, Task.Delay(100));
        Assert.False(ended.IsCompleted);
        process.Listener!.OnExit("killed");
        Assert.True(await ended.WaitAsync(_patience));
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
