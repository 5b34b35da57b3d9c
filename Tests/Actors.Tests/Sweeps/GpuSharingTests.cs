using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Tests.Sweeps;

/// <summary>Whole sweeps on devices that share the memory of one GPU, in virtual time.</summary>
public class GpuSharingTests
{
    private const long Size = 1000;

    // Nine tenths of the GPU may be taken: two trainings do not fit beside each other, three prunings do in whatever processes.
    private static long Needs(Job job) => job switch
    {
        TrainJob => 500,
        PruneJob => 150,
        _ => 50,
    };

    private static readonly Lazy<string> _apart = new(() => Run(new Simulation(new Disk(), FakeResults.Spec, devices: 3), out _));

    [Fact]
    public void Jobs_run_beside_each_other_as_far_as_what_they_have_taken_before_fits_and_none_runs_out_of_memory()
    {
        var report = Run(Shared(new FakeGpu(Size, Needs), out var gpu), out var simulation);

        Assert.Equal(_apart.Value, report);
        Assert.Empty(gpu.Failed);
        Assert.Contains(gpu.Together, jobs => jobs.OfType<PruneJob>().Count() == 3);
        Assert.DoesNotContain(gpu.Together, jobs => jobs.OfType<TrainJob>().Count() > 1);
        // Of each kind and size the first one was alone.
        foreach (var sizes in gpu.Together.GroupBy(jobs => (jobs[^1].GetType(), jobs[^1].Size)))
            Assert.Single(sizes.First());
        Assert.Empty(simulation.Warnings);
    }

    [Fact]
    public void A_job_that_takes_more_than_others_of_its_size_fails_beside_them_and_then_runs_alone()
    {
        List<string> prunings = [];
        long NeedsOf(Job job)
        {
            if (job is not PruneJob) return Needs(job);
            if (!prunings.Contains(job.Output)) prunings.Add(job.Output);
            return prunings.IndexOf(job.Output) == 3 ? 880 : Needs(job);
        }
        var report = Run(Shared(new FakeGpu(Size, NeedsOf), out var gpu), out _);

        Assert.Equal(_apart.Value, report);
        Assert.Single(gpu.Failed);
        Assert.Contains(gpu.Together, jobs => jobs[^1].Output == prunings[3] && jobs is [PruneJob]);
    }

    [Fact]
    public void A_process_that_holds_what_another_job_needs_is_started_again_when_it_is_idle()
    {
        // Nothing else fits beside what a training leaves behind.
        var report = Run(Shared(new FakeGpu(Size, job => job is TrainJob ? 880 : Needs(job)), out var gpu), out var simulation);

        Assert.Equal(_apart.Value, report);
        Assert.Empty(gpu.Failed);
        Assert.True(simulation.Launcher.Launches > 3);
        Assert.Equal(0, simulation.Launcher.Kills);
        Assert.Contains(gpu.Together, jobs => jobs.OfType<PruneJob>().Count() == 3);
    }

    [Fact]
    public void Where_nothing_can_be_measured_jobs_run_one_at_a_time_and_a_warning_says_so()
    {
        var report = Run(Shared(new FakeGpu(Size, Needs) { Tells = false }, out var gpu), out var simulation);

        Assert.Equal(_apart.Value, report);
        Assert.All(gpu.Together, jobs => Assert.Single(jobs));
        Assert.Contains(simulation.Warnings, warning => warning.Contains("jobs_per_gpu is 3", StringComparison.Ordinal));
    }

    private static Simulation Shared(FakeGpu made, out FakeGpu gpu)
    {
        gpu = made;
        var simulation = new Simulation(
            new Disk(), FakeResults.Spec, devices: 3, memory: "gpu", options: new NodeOptions { CudaMemoryFraction = 0.9, JobsPerGpu = 3 });
        simulation.Launcher.Gpu = made;
        return simulation;
    }

    private static string Run(Simulation simulation, out Simulation same)
    {
        same = simulation;
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Empty(simulation.Errors);
        return simulation.Report();
    }
}
