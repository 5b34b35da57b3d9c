using Sweeps.Actors.Devices;
using Sweeps.Domain.Audit;

namespace Sweeps.Actors.Tests.Sweeps;

/// <summary>
/// Trials that failed by their own fault are tried again, in virtual time; what comes of it is what a sweep without failures gives.
/// </summary>
public class RetryTests
{
    private static readonly SweepSpec _spec = FakeResults.Spec;

    private static readonly Lazy<string> _undisturbed = new(() =>
    {
        var disk = new Disk();
        new Simulation(disk, _spec, devices: 2).ToEnd();
        return Simulation.Read(disk);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_sweep_of_which_every_first_attempt_fails_is_opened_again_each_time_that_it_has_ended(int devices)
    {
        var disk = new Disk();
        var lives = 0;
        for (; lives < 20; lives++)
        {
            var simulation = new Simulation(disk, _spec, devices, FailsFirst);
            var outcome = simulation.ToEnd()!;
            Assert.Equal(SweepEnd.Completed, outcome.End);
            Assert.Empty(simulation.Errors);
            simulation.ShutDown();
            if (outcome.Failures.Count == 0) break;
            Retry(disk);
            Assert.Equal(SweepStatus.Unfinished, SweepReadModel.Load(disk).Status);
        }
        // The corpus, the models, their evaluations, attributions, and what is made of circuits.
        Assert.InRange(lives, 4, 5);
        Assert.Equal(_undisturbed.Value, Simulation.Read(disk));
        Assert.Empty(JournalAudit.Of(disk).Findings);
    }

    [Fact]
    public void Trials_are_tried_again_while_their_sweep_runs()
    {
        var disk = new Disk();
        // What failed alone would end the sweep.
        var simulation = new Simulation(
            disk, _spec, devices: 2, (r, device) => r.Job is TrainJob or EvaluateJob ? FailsFirst(r, device) : Scripts.Smooth(r, device));
        var failed = 0;
        while (simulation.ToEnd(() => Failures(simulation) > failed) is null)
        {
            failed = Failures(simulation);
            // Not waited for: how long an answer takes to get out of virtual time is a matter of the machine.
            _ = simulation.Run.Command(new RetryTrials([]));
        }
        Assert.True(failed >= 4 + 4, $"{failed} trials failed");
        Assert.Empty(simulation.Outcome!.Failures);
        Assert.Empty(simulation.Errors);
        Assert.Equal(_undisturbed.Value, Simulation.Read(disk));
        Assert.Empty(JournalAudit.Of(disk).Findings);
    }

    private static int Failures(Simulation simulation) =>
        simulation.Progress.OfType<TrialChanged>().Count(t => t.Phase == TrialPhase.Failed);

    private static void Retry(Disk disk)
    {
        var commander = new Simulation(disk, _spec, devices: 0, first: new RetryTrials([]));
        while (!commander.Run.Begun.IsCompleted) commander.Advance(TimeSpan.FromMilliseconds(1));
        Assert.IsType<Reply.Accepted>(commander.Run.Begun.Result);
        Assert.Empty(commander.Errors);
        commander.ShutDown();
    }

    private static IEnumerable<Step> FailsFirst(RunRequest r, DeviceSpec device) =>
        r.Attempt == 1 && !r.Trial.StartsWith("searches/", StringComparison.Ordinal)
            ? [Scripts.Fails(r, FailureKind.Work, "no such file")]
            : Scripts.Smooth(r, device);
}
