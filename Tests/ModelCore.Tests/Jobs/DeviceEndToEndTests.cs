using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Tests.Torch;

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
}
