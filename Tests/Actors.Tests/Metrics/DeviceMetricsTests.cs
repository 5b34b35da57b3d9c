using Sweeps.Actors.Devices;
using Sweeps.Actors.Metrics;

namespace Sweeps.Actors.Tests.Metrics;

/// <summary>What is measured of devices.</summary>
public sealed class DeviceMetricsTests
{
    [Fact]
    public void A_device_tells_its_state_its_memory_and_what_it_is_and_nothing_that_is_not_known()
    {
        using var readings = new Readings();
        var device = new DeviceMetrics("one");
        readings.Ask();
        Assert.Equal(1, readings["sweeps.device.state{device=one,state=starting}"]);
        Assert.Null(readings["sweeps.device.heartbeat.age{device=one}"]);
        Assert.Null(readings["sweeps.device.memory.live{device=one}"]);
        Assert.Equal(0, readings["sweeps.device.restarts{device=one,reason=hung}"]);

        device.Is(DeviceStatus.Ready);
        device.Hear(new HelloMessage(DeviceProtocol.Version, "cpu", 1, "2.10", 1, "AVX2"));
        device.Hear(new HeartbeatMessage(null, 0) { Memory = new DeviceMemory(5, 7, 11) });
        readings.Ask();
        Assert.Equal(1, readings["sweeps.device.state{device=one,state=ready}"]);
        Assert.Equal(0, readings["sweeps.device.state{device=one,state=starting}"]);
        Assert.Equal((5, 7, 11), (
            readings["sweeps.device.memory.live{device=one}"], readings["sweeps.device.memory.peak{device=one}"],
            readings["sweeps.device.memory.budget{device=one}"]));
        Assert.Equal(1, readings["sweeps.device.info{device=one,torch_device=cpu,libtorch=2.10,capability=AVX2}"]);
        Assert.True(readings["sweeps.device.heartbeat.age{device=one}"] >= 0);
        device.Forget();
    }

    [Fact]
    public void An_end_of_a_process_counts_with_the_first_reason_and_one_that_was_asked_for_does_not()
    {
        using var readings = new Readings();
        var device = new DeviceMetrics("two");
        device.Kill(DeviceMetrics.Hung);
        device.Kill(DeviceMetrics.Silent);
        device.Exit(expected: false);
        device.Exit(expected: false);
        device.Exit(expected: true);
        Assert.Equal(1, readings["sweeps.device.restarts{device=two,reason=hung}"]);
        Assert.Equal(0, readings["sweeps.device.restarts{device=two,reason=silent}"]);
        Assert.Equal(1, readings["sweeps.device.restarts{device=two,reason=exited}"]);
    }

    [Fact]
    public void A_process_whose_job_says_nothing_counts_as_hung()
    {
        using var readings = new Readings();
        var spec = FakeResults.Spec with { Name = "hanging" };
        var options = new NodeOptions { ProgressTimeout = TimeSpan.FromSeconds(20) };
        var hung = 0;
        // Of the first training nothing is heard but heartbeats.
        IEnumerable<Step> Script(RunRequest request, DeviceSpec device) =>
            request.Job is TrainJob && hung++ == 0 ? [new Step(1000, null)] : Scripts.Smooth(request, device);
        var simulation = new Simulation(new Disk(), spec, devices: 1, Script, options: options);

        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);

        Assert.Equal(1, simulation.Progress.OfType<DeviceChanged>().Count(
            changed => changed.Reason?.Contains("progress_timeout", StringComparison.Ordinal) == true));
        Assert.True(readings["sweeps.device.restarts{device=cpu-0,reason=hung}"] >= 1);
    }

    [Fact]
    public void A_source_that_nobody_holds_any_more_is_not_asked()
    {
        using var readings = new Readings();
        static void Make() => _ = new DeviceMetrics("forgotten");
        Make();
        for (var i = 0; i < 5; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        readings.Ask();
        Assert.Null(readings["sweeps.device.state{device=forgotten,state=starting}"]);
    }
}
