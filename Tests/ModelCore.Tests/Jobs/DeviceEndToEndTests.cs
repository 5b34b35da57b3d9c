using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Tests.Torch;
using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Tests.Jobs;

/// <summary>Real jobs through the protocol, as an orchestrator would send them.</summary>
[Collection(TorchCollection.Name)]
public sealed class DeviceEndToEndTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("sweeps-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_device_prepares_trains_measures_prunes_and_writes_a_circuit()
    {
        using var runner = new JobRunner();
        using var device = new DevicePipes(runner.Run, root: _root);
        Assert.IsType<HelloMessage>(device.Next());
        var attempt = 0;
        T Run<T>(Job job) where T : JobResult
        {
            device.Say(new RunRequest("trial", ++attempt, job, null));
            while (true)
            {
                switch (device.Next())
                {
                    case ResultMessage message:
                        Assert.Equal(("trial", attempt), (message.Trial, message.Attempt));
                        return Assert.IsType<T>(message.Result);
                    case FailedMessage failed:
                        Assert.Fail(failed.Reason);
                        break;
                }
            }
        }
        var prepared = Run<PrepareResult>(TinySweep.PrepareJob);
        var trained = Run<TrainResult>(TinySweep.TrainJob(prepared));
        var prune = TinySweep.PruneJob(prepared, trained);
        var whole = Run<EvaluateResult>(new EvaluateJob(prune));
        var pruned = Run<PruneResult>(prune);
        var probe = Run<ProbeResult>(new ProbeJob(prune, pruned.Masks, pruned.Nodes));
        var circuit = Run<CircuitResult>(new CircuitJob(prune, pruned.Masks, probe, [probe]));
        Assert.Equal(whole.ValidationLoss, probe.LossBefore, 6);
        Assert.Equal(pruned.Nodes, circuit.Nodes);
        Assert.True(File.Exists(Path.Combine(_root, circuit.Circuit.Path)));
        device.Say(new ExitRequest());
        Assert.Equal(DeviceHost.Ended, device.ExitCode);
    }

    [Fact]
    public void A_job_over_the_memory_budget_fails_with_both_numbers_and_the_device_goes_on()
    {
        using var runner = new JobRunner();
        using var device = new DevicePipes(runner.Run, root: _root);
        Assert.IsType<HelloMessage>(device.Next());
        var prepared = Assert.IsType<ResultMessage>(Answer(1, TinySweep.PrepareJob)).Result as PrepareResult;
        var job = TinySweep.TrainJob(prepared!);
        var before = torch.cpu.memory_allocated();
        try
        {
            var budget = before + (1 << 20);
            torch.cpu.set_memory_budget(budget);
            var failed = Assert.IsType<FailedMessage>(Answer(2, job));
            Assert.Equal(FailureKind.World, failed.Kind);
            Assert.Matches($@"out of memory: \d+ bytes asked for with \d+ in use: over the memory budget of {budget} bytes.*memory_per_device", failed.Reason);
            Assert.Equal(before, torch.cpu.memory_allocated());
            Assert.Equal(before, torch.cpu.memory_reserved());
            torch.cpu.set_memory_budget(before + (64 << 20));
            Assert.IsType<ResultMessage>(Answer(3, job));
        }
        finally
        {
            torch.cpu.set_memory_budget(0);
        }

        DeviceMessage Answer(int attempt, Job asked)
        {
            device.Say(new RunRequest("trial", attempt, asked, null));
            while (true)
                if (device.Next() is var message and (ResultMessage or FailedMessage)) return message;
        }
    }
}
