using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Tests.Torch;

namespace Sweeps.ModelCore.Tests.Jobs;

/// <summary>Jobs and the memory budget of their device.</summary>
[Collection(TorchCollection.Name)]
public sealed class DeviceMemoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("sweeps-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_job_over_the_memory_budget_fails_with_both_numbers_and_the_device_goes_on()
    {
        using var runner = new JobRunner();
        using var device = new DevicePipes(runner.Run, root: _root);
        Assert.IsType<HelloMessage>(device.Next());
        var prepared = Assert.IsType<ResultMessage>(Answer(1, TinySweep.PrepareJob)).Result as PrepareResult;
        var job = TinySweep.TrainJob(prepared!);
        var before = Memory.Allocated;
        try
        {
            var budget = before + (1 << 20);
            Memory.SetBudget(budget);
            var failed = Assert.IsType<FailedMessage>(Answer(2, job));
            Assert.Equal(FailureKind.World, failed.Kind);
            Assert.Matches(
                $@"out of memory: \d+ bytes asked for with \d+ in use: over the memory budget of {budget} bytes.*memory_per_device",
                failed.Reason);
            Assert.Equal(before, Memory.Allocated);
            Assert.Equal(before, Memory.Reserved);
            Memory.SetBudget(before + (64 << 20));
            Assert.IsType<ResultMessage>(Answer(3, job));
        }
        finally
        {
            Memory.SetBudget(0);
        }

        DeviceMessage Answer(int attempt, Job asked)
        {
            device.Say(new RunRequest("trial", attempt, asked, null));
            while (true)
                if (device.Next() is var message and (ResultMessage or FailedMessage)) return message;
        }
    }
}
