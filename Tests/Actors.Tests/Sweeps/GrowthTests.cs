using Sweeps.Domain.Audit;

namespace Sweeps.Actors.Tests.Sweeps;

/// <summary>
/// A sweep that has ended grows, in virtual time: it does only what is new, also through crashes, and a report of it is that of a sweep
/// which was that large from the beginning.
/// </summary>
public class GrowthTests
{
    // Odd, so that both kinds of crash are met: before the write is stored, and after.
    private const int CrashStride = 23;

    private static readonly SweepSpec _large = FakeResults.Spec with { Search = FakeResults.Spec.Search with { Rounds = 9 } };

    private static readonly SweepSpec _small = FakeResults.Spec with
    {
        Grid = FakeResults.Spec.Grid with { L0 = [0.5] },
        Tasks = ["single_double_quote"],
        Attribution = false,
    };

    private static readonly Lazy<string> _fresh = new(() =>
    {
        var disk = new Disk();
        Assert.Equal(SweepEnd.Completed, new Simulation(disk, _large, devices: 2).ToEnd()!.End);
        return Simulation.Read(disk);
    });

    [Fact]
    public void It_does_only_what_is_new()
    {
        var disk = Ended();
        var simulation = new Simulation(disk, _large, devices: 3);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Empty(simulation.Errors);
        AssertLarge(disk);
        var model = SweepReadModel.Load(disk).Models[0].Plan.Id;
        Assert.DoesNotContain(simulation.Launcher.Requests, r => r.Job is PrepareJob || r.Trial == $"models/{model}");
        Assert.DoesNotContain(
            simulation.Launcher.Requests, r => r.Trial.StartsWith($"searches/{model}/single_double_quote/0000", StringComparison.Ordinal));
        // What was made of the best circuit is made anew, under the next number, if there is a better one.
        Assert.Contains(simulation.Launcher.Requests, r => r.Job is ValidateJob && r.Attempt > 1);
    }

    [Fact]
    public void A_crash_at_any_write_changes_nothing()
    {
        var writes = WritesOfGrowth();
        for (var at = 1; at <= writes; at += CrashStride)
        {
            var disk = Ended();
            var first = new Simulation(disk, _large, devices: 2, crashAtWrite: at);
            first.ToEnd();
            Assert.True(first.Crashed);
            var second = new Simulation(disk, _large, devices: 2);
            Assert.Equal(SweepEnd.Completed, second.ToEnd()!.End);
            Assert.Empty(second.Errors);
            AssertLarge(disk);
        }
    }

    private static int WritesOfGrowth()
    {
        var simulation = new Simulation(Ended(), _large, devices: 2);
        simulation.ToEnd();
        return simulation.Writes;
    }

    private static Disk Ended()
    {
        var disk = new Disk();
        var simulation = new Simulation(disk, _small, devices: 2);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        simulation.ShutDown();
        return disk;
    }

    private static void AssertLarge(Disk disk)
    {
        Assert.Equal(_fresh.Value, Simulation.Read(disk));
        Assert.Empty(JournalAudit.Of(disk).Findings);
    }
}
