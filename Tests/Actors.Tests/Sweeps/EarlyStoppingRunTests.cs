using Sweeps.Domain.Audit;

namespace Sweeps.Actors.Tests.Sweeps;

/// <summary>A sweep that stops trainings early, in virtual time.</summary>
public class EarlyStoppingRunTests
{
    // Odd, so that both kinds of crash are met: before the write is stored, and after.
    private const int CrashStride = 3;

    private static readonly SweepSpec _rates = FakeResults.Spec with
    {
        Grid = new GridOptions { L0 = [0.5, 0.125], DModel = [32], NLayer = [1], PeakLr = [0.03, 0.02, 0.01, 0.005, 0.003] },
        EarlyStopping = new EarlyStoppingOptions { Trainings = TrainingStopping.Asha, FirstRung = 0.2, Reduction = 2 },
        Tasks = ["bracket_counting"],
        Search = FakeResults.Spec.Search with { Rounds = 1, BatchSize = 1 },
        Attribution = false,
        TargetLosses = [],
        EdgePruning = false,
    };

    private static readonly SweepSpec _searched = _rates with
    {
        Grid = _rates.Grid with { PeakLr = [] },
        TrainingSearch = new TrainingSearchOptions { Rounds = 3, BatchSize = 3 },
        EarlyStopping = _rates.EarlyStopping with { Trainings = TrainingStopping.Median },
    };

    private static readonly SweepSpec _prunings = FakeResults.Spec with
    {
        Grid = new GridOptions { L0 = [0.5], DModel = [32], NLayer = [1] },
        EarlyStopping = new EarlyStoppingOptions { Prunings = true },
        Tasks = ["bracket_counting", "single_double_quote"],
        Search = FakeResults.Spec.Search with { Rounds = 3, BatchSize = 3, Objective = CircuitSize.Nodes },
        Attribution = false,
        TargetLosses = [],
        EdgePruning = false,
    };

    private static readonly SweepSpec[] _specs = [_rates, _searched, _prunings];

    private static readonly Lazy<(string Model, int Writes)>[] _undisturbed =
        [.. _specs.Select(spec => new Lazy<(string Model, int Writes)>(() => Run(spec, devices: 2, Scripts.Smooth)))];

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 3)]
    [InlineData(0, 10)]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 1)]
    [InlineData(2, 3)]
    public void Neither_the_number_nor_the_speed_of_devices_changes_what_is_stopped(int spec, int devices)
    {
        Assert.Equal(_undisturbed[spec].Value.Model, Run(_specs[spec], devices, Scripts.Smooth).Model);
        // Some are done before others have begun.
        Assert.Equal(
            _undisturbed[spec].Value.Model,
            Run(_specs[spec], devices, (r, d) => Scripts.Smooth(r, d).Select(
                step => step with { After = step.After * (1 + r.Job.Seed % 7 * (r.Job.Seed % 3)) })).Model);
    }

    [Fact]
    public void Stopped_trainings_cost_less_and_are_neither_successes_nor_failures()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _rates, devices: 1);
        var outcome = simulation.ToEnd()!;
        Assert.Equal((SweepEnd.Completed, 0), (outcome.End, outcome.Failures.Count));
        var read = SweepReadModel.Load(journal);
        var stopped = read.Models.Where(model => model.Stopped is not null).ToList();
        Assert.InRange(stopped.Count, 3, 8);
        Assert.All(stopped, model => Assert.True(model is { Trained: null, Failure: null, Selected: false }));
        Assert.Equal(2, read.Models.Count(model => model.Selected));
        // With one device each decision is known at once: a stopped training was told to stop.
        Assert.Equal(10, simulation.Launcher.Requests.Count(r => r.Job is TrainJob));
        var trials = TrialHistory.Read(journal);
        Assert.All(stopped, model =>
        {
            var trial = trials.Single(trial => trial.Id == model.Plan.Trial);
            Assert.Equal((Domain.Trials.TrialPhase.Cancelled, model.Stopped, null), (trial.Phase, trial.Stopped, trial.Reason));
            Assert.Contains(
                simulation.Progress.OfType<SweepLogged>(), said => said.Message == $"{model.Plan.Trial}: {model.Stopped}");
        });
        Assert.Contains(
            simulation.Progress.OfType<StageProgressed>(), p => p is { Stage: SweepStage.Train, Done: 10, Total: 10, Failed: 0 });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_crash_at_any_write_stops_the_same_trainings_and_prunings(int spec)
    {
        var (expected, writes) = _undisturbed[spec].Value;
        for (var at = 1; at <= writes; at += CrashStride)
        {
            var journal = new Disk();
            Assert.Null(new Simulation(journal, _specs[spec], 2, crashAtWrite: at).ToEnd());
            var second = new Simulation(journal, _specs[spec], 3);
            Assert.Equal(SweepEnd.Completed, second.ToEnd()!.End);
            Assert.Empty(second.Errors);
            Assert.Equal(expected, Simulation.Read(journal));
            Assert.Empty(JournalAudit.Of(journal).Findings);
        }
    }

    [Fact]
    public void A_pruning_that_cannot_beat_the_rounds_before_it_makes_fewer_probes_and_the_best_circuits_stay_as_small()
    {
        var (stopping, whole) = (new Disk(), new Disk());
        var early = new Simulation(stopping, _prunings, devices: 2);
        Assert.Equal(SweepEnd.Completed, early.ToEnd()!.End);
        var late = new Simulation(whole, _prunings with { EarlyStopping = new EarlyStoppingOptions() }, devices: 2);
        Assert.Equal(SweepEnd.Completed, late.ToEnd()!.End);
        Assert.True(Probes(early) < Probes(late), $"{Probes(early)} {Probes(late)}");
        var read = SweepReadModel.Load(stopping);
        var searches = read.Models.SelectMany(model => model.Tasks).Select(task => task.Search!).ToList();
        Assert.All(searches, search =>
        {
            Assert.Null(search.Best!.Outcome!.Stopped);
            foreach (var stopped in search.Prunings.Where(pruning => pruning.Outcome!.Stopped is not null))
            {
                Assert.True(stopped.Round > 0);
                var before = search.Prunings.Where(pruning => pruning.Round < stopped.Round).Min(pruning => pruning.Outcome!.Objective);
                Assert.True(stopped.Outcome!.Objective > before);
                Assert.Null(stopped.Outcome.Failure);
            }
        });
        Assert.Empty(read.Failures);

        static int Probes(Simulation simulation) => simulation.Launcher.Requests.Count(r => r.Job is ProbeJob);
    }

    [Fact]
    public void Crashes_in_a_row_change_nothing()
    {
        var journal = new Disk();
        var runs = 0;
        while (new Simulation(journal, _rates, 2, crashAtWrite: 12).ToEnd() is null)
            Assert.True(++runs < 200, "the sweep makes no progress");
        Assert.Equal(_undisturbed[0].Value.Model, Simulation.Read(journal));
    }

    [Fact]
    public void A_training_that_resumes_says_again_what_it_has_said_and_another_loss_on_another_machine_is_refused_and_breaks_nothing()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _rates, 2, (r, d) => r.Job is not TrainJob ? Scripts.Smooth(r, d)
            : r.Attempt == 1 ? [.. Scripts.Evaluations(r, 10).Take(5), Scripts.Dies(1)]
            : Scripts.Smooth(r, d).Select(step =>
                step.Say is EvaluatedMessage e ? step with { Say = e with { Loss = e.Loss + 1e-9 } } : step));
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Contains(
            simulation.Progress.OfType<LateMessageRefused>(), late => late.Reason.Contains("at step 2000 is", StringComparison.Ordinal));
        Assert.Empty(JournalAudit.Of(journal).Findings);
    }

    private static (string Model, int Writes) Run(SweepSpec spec, int devices, Script script)
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, spec, devices, script);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Empty(simulation.Errors);
        Assert.Empty(JournalAudit.Of(journal).Findings);
        var read = SweepReadModel.Load(journal);
        var prunings = read.Models.SelectMany(model => model.Tasks).SelectMany(task => task.Search!.Prunings);
        Assert.True(
            read.Models.Count(model => model.Stopped is not null) + prunings.Count(pruning => pruning.Outcome!.Stopped is not null) > 1,
            "nothing was stopped");
        return (Simulation.Read(journal), simulation.Writes);
    }
}
