using Sweeps.Domain.Audit;

namespace Sweeps.Actors.Tests.Sweeps;

/// <summary>
/// Tasks that no model learns, in virtual time: nothing runs for them but their measurement, also through crashes, until the description
/// asks for it.
/// </summary>
public class SkippedTaskRunTests
{
    // Odd, so that both kinds of crash are met: before the write is stored, and after.
    private const int CrashStride = 31;

    private static readonly SweepSpec _spec = FakeResults.Spec with
    {
        Grid = FakeResults.Spec.Grid with { L0 = [0.5], PeakLr = [] },
        Tasks = [FakeResults.NotLearned, "bracket_counting"],
    };

    [Fact]
    public void Only_the_measurement_of_a_task_that_is_not_learned_runs_and_the_progress_says_why()
    {
        var simulation = new Simulation(new Disk(), _spec, devices: 2);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Empty(simulation.Errors);
        var ran = simulation.Launcher.Requests.Where(r => r.Trial.Contains(FakeResults.NotLearned, StringComparison.Ordinal));
        Assert.Equal([typeof(EvaluateJob)], ran.Select(r => r.Job.GetType()).Distinct());
        Assert.Contains(
            simulation.Progress.OfType<SweepLogged>(),
            p => p.Message.EndsWith(
                $"{FakeResults.NotLearned}: the task is not learned and not searched: calibrated loss 0.600, where guessing gives 0.693 "
                + "and the target is 0.15",
                StringComparison.Ordinal));
        var stages = simulation.Progress.OfType<StageProgressed>().ToList();
        Assert.Contains(stages, p => p is { Stage: SweepStage.Search, Done: 1, Total: 1, Skipped: 1 });
        Assert.All(stages.Where(p => p.Stage <= SweepStage.Evaluate), p => Assert.Equal(0, p.Skipped));
    }

    [Fact]
    public void The_progress_says_once_what_is_left_out_of_the_corpus()
    {
        var simulation = new Simulation(new Disk(), _spec, devices: 2);
        simulation.ToEnd();
        Assert.Single(
            simulation.Progress.OfType<SweepLogged>(),
            p => p.Message
                == "corpus: left out of the corpus: 1 hidden file or folder, 1,200 documents equal to others; examples are in corpus.json");
    }

    [Fact]
    public void A_sweep_that_has_ended_searches_them_when_it_is_told_to_whatever_crashes_on_the_way()
    {
        var all = _spec with { SkipUnlearned = false };
        var fresh = new Disk();
        Assert.Equal(SweepEnd.Completed, new Simulation(fresh, all, devices: 2).ToEnd()!.End);
        for (var at = 1; ; at += CrashStride)
        {
            var disk = new Disk();
            Assert.Equal(SweepEnd.Completed, new Simulation(disk, _spec, devices: 2).ToEnd()!.End);
            var first = new Simulation(disk, all, devices: 2, crashAtWrite: at);
            first.ToEnd();
            if (first.Crashed) Assert.Equal(SweepEnd.Completed, new Simulation(disk, all, devices: 2).ToEnd()!.End);
            Assert.Equal(Simulation.Read(fresh), Simulation.Read(disk));
            Assert.Empty(JournalAudit.Of(disk).Findings);
            if (!first.Crashed) break;
        }
    }
}
