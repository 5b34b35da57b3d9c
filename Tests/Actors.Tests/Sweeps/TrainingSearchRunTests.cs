using Sweeps.Domain.Audit;

namespace Sweeps.Actors.Tests.Sweeps;

/// <summary>A sweep that searches the training of its models, in virtual time.</summary>
public class TrainingSearchRunTests
{
    private static readonly SweepSpec _spec = FakeResults.Spec with
    {
        Grid = new GridOptions { L0 = [0.5, 0.25], DModel = [32], NLayer = [1] },
        // Carbs uses its model from the third round on.
        TrainingSearch = new TrainingSearchOptions
        {
            Rounds = 4,
            BatchSize = 2,
            Space = new Dictionary<string, ParameterOptions> { ["weight_decay"] = new() },
        },
        Tasks = ["bracket_counting"],
        Search = FakeResults.Spec.Search with { Rounds = 1, BatchSize = 1 },
        Attribution = false,
        TargetLosses = [],
        EdgePruning = false,
    };

    private static readonly Lazy<(string Model, int Writes)> _undisturbed = new(() =>
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, devices: 2);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Empty(simulation.Errors);
        return (Simulation.Read(journal), simulation.Writes);
    });

    [Fact]
    public void Each_group_trains_its_rounds_one_after_the_other_and_its_best_model_goes_on()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, devices: 3);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        var trained = simulation.Launcher.Requests.Where(r => r.Job is TrainJob).ToList();
        Assert.Equal(16, trained.Count);
        foreach (var group in trained.GroupBy(r => r.Trial[..^4]))
        {
            var numbers = group.Select(r => int.Parse(r.Trial[^2..], System.Globalization.CultureInfo.InvariantCulture) / 2).ToList();
            Assert.Equal(numbers.Order(), numbers);
            // Carbs repeats its best point once in so many.
            Assert.InRange(group.Select(r => ((TrainJob)r.Job).Training.PeakLr).Distinct().Count(), 7, 8);
        }
        var model = SweepReadModel.Load(journal);
        Assert.Equal(2, model.Models.Count(m => m.Selected));
        Assert.All(model.Models.Where(m => m.Selected), m => Assert.NotNull(Assert.Single(m.Tasks).Validation));
        Assert.Contains(model.Models, m => m.Suggested!.Kind == global::Sweeps.Search.SuggestionKind.Model);
        Assert.Contains(simulation.Progress.OfType<StageProgressed>(), p => p is { Stage: SweepStage.Train, Done: 4, Total: 16 });
        Assert.Contains(
            simulation.Progress.OfType<SweepLogged>(),
            l => l.Message.StartsWith("models/d32n1-l0.5-r0: round 2 of 4 of its training, best loss so far ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void The_number_of_devices_changes_no_suggestion(int devices)
    {
        var journal = new Disk();
        new Simulation(journal, _spec, devices).ToEnd();
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
    }

    [Fact]
    public void A_crash_at_every_write_leads_to_the_same_suggestions_and_the_same_report()
    {
        var (expected, writes) = _undisturbed.Value;
        for (var at = 1; at <= writes; at++)
        {
            var journal = new Disk();
            Assert.Null(new Simulation(journal, _spec, 2, crashAtWrite: at).ToEnd());
            var second = new Simulation(journal, _spec, 2);
            Assert.Equal(SweepEnd.Completed, second.ToEnd()!.End);
            Assert.Empty(second.Errors);
            Assert.Equal(expected, Simulation.Read(journal));
            Assert.Empty(JournalAudit.Of(journal).Findings);
        }
    }

    [Fact]
    public void Trainings_that_diverge_or_meet_a_fault_of_the_program_fail_nothing_and_the_search_goes_on()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, 2, (r, d) => r.Job is not TrainJob ? Scripts.Smooth(r, d) : r.Trial[^3..] switch
        {
            "s00" => [Scripts.Fails(r, FailureKind.Work, "the loss diverged")],
            "s03" => [Scripts.Fails(r, FailureKind.Program, "IndexOutOfRangeException")],
            _ => Scripts.Smooth(r, d),
        });
        var outcome = simulation.ToEnd()!;
        Assert.Equal((SweepEnd.Completed, 0), (outcome.End, outcome.Failures.Count));
        var read = SweepReadModel.Load(journal);
        Assert.Equal(2, read.Models.Count(m => m.Selected));
        Assert.Equal([false, true], read.Models.Where(m => m.Failure is not null).Take(2).Select(m => m.Suggested!.Forgotten));
        Assert.All(read.TrainingSearches, s => Assert.Equal((7, 1), (s.State.Observations.Count, s.State.Forgotten.Count)));
        Assert.Empty(JournalAudit.Of(journal).Findings);
    }

    [Fact]
    public void A_world_that_keeps_failing_stops_the_run_and_another_run_goes_on_to_the_same_report()
    {
        var journal = new Disk();
        var broken = new Simulation(journal, _spec, 2, (r, d) =>
            r.Trial.EndsWith("s05", StringComparison.Ordinal)
                ? [Scripts.Fails(r, FailureKind.World, "no space left on device")]
                : Scripts.Smooth(r, d));
        Assert.Equal(SweepEnd.Failed, broken.ToEnd()!.End);
        Assert.Equal(SweepEnd.Completed, new Simulation(journal, _spec, 2).ToEnd()!.End);
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
    }

    [Fact]
    public void A_finished_sweep_takes_a_round_and_trains_that_alone_as_if_it_had_had_it_from_the_beginning()
    {
        var journal = new Disk();
        var first = new Simulation(journal, _spec with { TrainingSearch = _spec.TrainingSearch with { Rounds = 3 } }, 2);
        Assert.Equal(SweepEnd.Completed, first.ToEnd()!.End);
        first.ShutDown();
        var second = new Simulation(journal, _spec, 2);
        Assert.Equal(SweepEnd.Completed, second.ToEnd()!.End);
        Assert.Equal(
            ["s06", "s06", "s07", "s07"],
            second.Launcher.Requests.Where(r => r.Job is TrainJob).Select(r => r.Trial[^3..]).Order(StringComparer.Ordinal));
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
        Assert.Empty(JournalAudit.Of(journal).Findings);
    }
}
