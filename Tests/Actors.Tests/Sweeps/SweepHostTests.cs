using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Actors.Tests.Sweeps;

/// <summary>A real folder, a real journal and real threads; only the devices are fake.</summary>
public sealed class SweepHostTests : IDisposable
{
    private static readonly SweepSpec _spec = FakeResults.Spec with
    {
        Tasks = ["bracket_counting"],
        Search = new SearchOptions { Rounds = 1, BatchSize = 2 },
    };
    private static readonly NodeOptions _options = new() { Devices = ["cpu=2"] };
    private readonly string _folder = Directory.CreateTempSubdirectory("sweep-host-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_sweep_runs_in_its_folder_and_is_not_run_again_once_completed()
    {
        var launcher = Fast();
        await using (var host = await Start(_spec, launcher)) Assert.Equal(SweepEnd.Completed, (await host.Completion).End);
        Assert.Equal(SweepStatus.Completed, SweepFolder.Load(_folder, new StoreOptions()).Status);
        var stored = JsonSerializer.Deserialize<SweepSpec>(
            await File.ReadAllTextAsync(Path.Combine(_folder, SweepFolder.SpecName)), JobJson.Options)!;
        Assert.True(SweepState.SameSpec(_spec, stored));

        var again = Fast();
        await using (var host = await Start(_spec, again)) Assert.Equal(SweepEnd.Completed, (await host.Completion).End);
        Assert.Equal(0, again.Launches);
    }

    [Fact]
    public async Task A_stopped_sweep_can_be_read_and_goes_on_but_not_under_another_description()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slow = new FakeLauncher(TimeProvider.System, (r, d) =>
        {
            if (r.Job is not TrainJob) return Instant(r, d);
            reached.TrySetResult();
            return [Scripts.Result(r, 3600)];
        });
        await using (var host = await Start(_spec, slow))
        {
            await reached.Task.WaitAsync(TimeSpan.FromMinutes(1));
            await Assert.ThrowsAsync<JournalLockedException>(() => Start(_spec, slow));
            Assert.Equal(SweepEnd.Stopped, (await host.StopAsync()).End);
        }
        Assert.NotNull(SweepFolder.Load(_folder, new StoreOptions()).Prepared);

        var changed = await Assert.ThrowsAsync<SpecChangedException>(() => Start(_spec with { Seed = 8 }, Fast()));
        Assert.Equal((7ul, 8ul), (changed.Stored.Seed, changed.Given.Seed));

        await using (var host = await Start(_spec, Fast())) Assert.Equal(SweepEnd.Completed, (await host.Completion).End);
    }

    [Fact]
    public async Task A_new_run_waits_for_device_processes_of_an_earlier_one()
    {
        var orphan = DeviceLock.Share(_folder);
        using var second = DeviceLock.Share(_folder); // devices share
        second.Dispose();
        var starting = Start(_spec, Fast());
        Assert.False(starting.IsCompleted);
        orphan.Dispose();
        await using var host = await starting;
        Assert.Equal(SweepEnd.Completed, (await host.Completion).End);
    }

    [Fact]
    public async Task Bad_options_are_refused_before_anything_is_written()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Start(_spec, Fast(), _options with { MaxWorldFailures = 0 }));
        await Assert.ThrowsAsync<ArgumentException>(() => Start(_spec with { Grid = new GridOptions { L0 = [1, 1] } }, Fast()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    private static FakeLauncher Fast() => new(TimeProvider.System, Instant);

    private static IEnumerable<Step> Instant(RunRequest r, DeviceSpec d) => [Scripts.Result(r, 0)];

    private Task<SweepHost> Start(SweepSpec spec, FakeLauncher launcher, NodeOptions? options = null) =>
        SweepHost.StartAsync(spec, _folder, options ?? _options, launcher, TimeProvider.System, new Ignore());

    private sealed class Ignore : IObserver<SweepProgress>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(SweepProgress value)
        {
        }
    }
}
