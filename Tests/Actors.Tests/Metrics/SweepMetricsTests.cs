using Sweeps.Actors.Devices;
using Sweeps.Actors.Metrics;

namespace Sweeps.Actors.Tests.Metrics;

/// <summary>What is measured of whole sweeps in virtual time, against what has happened to them.</summary>
public sealed class SweepMetricsTests
{
    [Fact]
    public void Trials_attempts_and_circuits_are_counted_as_often_as_there_were_some()
    {
        using var readings = new Readings();
        var spec = FakeResults.Spec with { Name = "counted" };
        var lost = 0;
        IEnumerable<Step> Script(RunRequest request, DeviceSpec device) =>
            request.Job is TrainJob && request.Attempt == 1 && lost++ < 2 ? [Scripts.Dies(3)] : Scripts.Smooth(request, device);
        var simulation = new Simulation(new Disk(), spec, devices: 2, Script);

        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);

        var requests = simulation.Launcher.Requests;
        foreach (var kind in requests.GroupBy(request => JobCatalog.Of(request.Job).Name))
        {
            Assert.Equal(kind.Count(), readings[$"sweeps.attempts.started{{sweep=counted,kind={kind.Key}}}"]);
            Assert.Equal(
                kind.Select(request => request.Trial).Distinct().Count(),
                readings[$"sweeps.trials.ended{{sweep=counted,kind={kind.Key},outcome=succeeded}}"]);
            Assert.Equal(0, readings[$"sweeps.trials.ended{{sweep=counted,kind={kind.Key},outcome=failed}}"]);
        }
        Assert.Equal(2, readings["sweeps.attempts.lost{sweep=counted,reason=world}"]);
        Assert.Equal(0, readings["sweeps.attempts.lost{sweep=counted,reason=program}"]);
        Assert.Equal(requests.Count(request => request.Job is CircuitJob), readings["sweeps.circuits.found{sweep=counted}"]);
    }

    [Fact]
    public void Gauges_follow_the_sweep_and_are_gone_with_who_looks_on()
    {
        using var readings = new Readings();
        var spec = FakeResults.Spec with { Name = "followed" };
        var disk = new Disk();
        var simulation = new Simulation(disk, spec, devices: 2);
        var observer = new SweepObserver("followed", "/none", () => new HowFar(0.25, TimeSpan.FromMinutes(1)), TimeProvider.System);
        var told = 0;
        void Ask()
        {
            while (told < simulation.Progress.Count) observer.OnNext(simulation.Progress[told++]);
            readings.Ask();
        }

        simulation.ToEnd(() => simulation.Launcher.Requests.Count(request => request.Job is TrainJob) == 2);
        simulation.Advance(TimeSpan.FromSeconds(2));
        Ask();
        Assert.Equal(1, readings["sweeps.sweep.state{sweep=followed,state=running}"]);
        Assert.Equal(0.25, readings["sweeps.sweep.progress{sweep=followed}"]);
        Assert.Equal(60, readings["sweeps.sweep.eta{sweep=followed}"]);
        Assert.Equal(2, readings["sweeps.trials{sweep=followed,kind=train,state=running}"]);
        Assert.Equal(2, readings["sweeps.trials{sweep=followed,kind=train,state=waiting}"]);
        Assert.Equal(1, readings["sweeps.stage.done{sweep=followed,stage=corpus}"]);
        Assert.Equal(2, readings["sweeps.queue.running{sweep=followed}"]);
        Assert.Equal(2, readings["sweeps.queue.length{sweep=followed}"]);

        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Ask();
        Assert.Equal(1, readings["sweeps.sweep.state{sweep=followed,state=completed}"]);
        Assert.Equal(0, readings["sweeps.sweep.state{sweep=followed,state=running}"]);
        Assert.All(readings.With("sweep=followed").Where(of => of.Key.StartsWith("sweeps.trials{", StringComparison.Ordinal)),
            of => Assert.Equal(0, of.Value));
        var found = SweepReadModel.Load(disk);
        foreach (var (model, task) in found.Models.SelectMany(model => model.Tasks.Select(task => (model, task))))
        {
            var labels = $"sweep=followed,model={model.Plan.Id},task={task.Task}";
            Assert.Equal(task.Search!.Best!.Outcome!.Circuit!.Edges, readings[$"sweeps.search.best.edges{{{labels}}}"]);
            Assert.Equal(task.Validation!.Necessity, readings[$"sweeps.circuit.loss{{{labels},check=without}}"]);
        }
        observer.Dispose();
        var before = readings.With("sweep=followed");
        observer.OnNext(new SweepStatusChanged(SweepStatus.Paused));
        readings.Ask();
        Assert.Equal(before, readings.With("sweep=followed"));
    }

    [Fact]
    public void What_a_sweep_had_found_before_is_told_from_the_beginning_of_the_next_run()
    {
        var disk = new Disk();
        Assert.Equal(SweepEnd.Completed, new Simulation(disk, FakeResults.Spec, devices: 2).ToEnd()!.End);
        var found = SweepReadModel.Load(disk);
        using var readings = new Readings();
        using var observer = new SweepObserver("resumed", "/none", () => default, TimeProvider.System);
        observer.Remember(found);

        readings.Ask();

        foreach (var model in found.Models)
        {
            Assert.Equal(model.Trained!.ValidationLoss, readings[$"sweeps.model.validation.loss{{sweep=resumed,model={model.Plan.Id}}}"]);
            Assert.Equal(model.Trained.L0, readings[$"sweeps.model.l0{{sweep=resumed,model={model.Plan.Id}}}"]);
            foreach (var task in model.Tasks)
            {
                var labels = $"sweep=resumed,model={model.Plan.Id},task={task.Task}";
                Assert.Equal(task.Search!.RoundsClosed, readings[$"sweeps.search.rounds.closed{{{labels}}}"]);
                Assert.Equal(task.Validation!.Sufficiency, readings[$"sweeps.circuit.loss{{{labels},check=only}}"]);
            }
        }
        // That cannot be told yet.
        Assert.Null(readings["sweeps.sweep.progress{sweep=resumed}"]);
    }

    [Fact]
    public void A_training_counts_its_tokens_once_whatever_is_said_twice_and_an_attempt_begins_at_zero()
    {
        using var readings = new Readings();
        using var observer = new SweepObserver("tokens", "/none", () => default, TimeProvider.System);
        var trial = new TrialId("models/m");
        void Runs(int attempt) => observer.OnNext(new TrialChanged(trial, "train", TrialPhase.Running, attempt, "cpu-0", null));
        void Says(long tokens) => observer.OnNext(new TrialProgressed(
            trial, "cpu-0", new JobProgress(1, 2, 3.5) { Training = new TrainingFigures(tokens, 0.5, 3.25, 0.125) }));
        Runs(1);
        Says(100);
        Says(250);
        Says(250);
        Runs(2);
        Says(50);

        readings.Ask();

        Assert.Equal(300, readings["sweeps.train.tokens{sweep=tokens}"]);
        Assert.Equal(3.5, readings["sweeps.model.loss{sweep=tokens,model=m}"]);
        Assert.Equal(3.25, readings["sweeps.model.validation.loss{sweep=tokens,model=m}"]);
        Assert.Equal(0.5, readings["sweeps.model.l0{sweep=tokens,model=m}"]);
        Assert.Equal(0.125, readings["sweeps.model.dead{sweep=tokens,model=m}"]);
    }
}
