using Sweeps.Actors.Devices;
using Sweeps.Search;

namespace Sweeps.Actors.Tests.Searches;

/// <summary>Searches within whole sweeps, in virtual time.</summary>
public class SearchRunTests
{
    private static readonly SweepSpec _spec = FakeResults.Spec with
    {
        Grid = new GridOptions { L0 = [0.5], DModel = [32], NLayer = [1] },
        Tasks = ["bracket_counting"],
        Search = new SearchOptions { Algorithm = "carbs", Rounds = 3, BatchSize = 3 },
    };

    private static readonly SweepSpec _warm = _spec with
    {
        Tasks = ["single_double_quote", "bracket_counting", "set_or_string"],
        Search = _spec.Search with { WarmStart = ["bracket_counting"] },
    };

    private static readonly Lazy<(string Model, int Writes)> _undisturbed = new(() => Run(_spec));
    private static readonly Lazy<(string Model, int Writes)> _undisturbedWarm = new(() => Run(_warm));

    [Fact]
    public void A_crash_at_every_write_leads_to_the_same_suggestions_and_the_same_report()
    {
        var (expected, writes) = _undisturbed.Value;
        for (var at = 1; at <= writes; at++)
        {
            var journal = new Disk();
            Assert.Null(new Simulation(journal, _spec, 2, crashAtWrite: at).ToEnd());
            Assert.Equal(SweepEnd.Completed, new Simulation(journal, _spec, 2).ToEnd()!.End);
            Assert.Equal(expected, Simulation.Read(journal));
        }
    }

    [Theory]
    [InlineData(0.7)]
    [InlineData(3)]
    [InlineData(20)]
    public void Prunings_that_end_while_the_search_waits_for_its_journal_are_run_once(double seconds)
    {
        var journal = new Disk();
        var simulation = new Simulation(
            journal, _spec, 3,
            writes: stream =>
                stream.StartsWith(SweepJournal.SearchPrefix, StringComparison.Ordinal) ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()?.End);
        Assert.Empty(simulation.Errors);
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
        Assert.All(simulation.Launcher.Requests.GroupBy(r => r.Trial), same => Assert.Single(same));
    }

    [Fact]
    public void A_pruning_that_the_world_keeps_failing_is_forgotten_and_the_search_goes_on()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, 2, KillsSecondPruning);
        var outcome = simulation.ToEnd()!;

        Assert.Equal((SweepEnd.Completed, 0), (outcome.End, outcome.Failures.Count));
        var search = Search(journal, "bracket_counting");
        Assert.Equal((StopReason.Rounds, 9), (search.Ended, search.Prunings.Count));
        Assert.Contains("given up", search.Prunings[1].Forgotten, StringComparison.Ordinal);
        Assert.Null(search.Prunings[1].Outcome);
        Assert.Equal(8, search.State.Observations.Count);
        Assert.Contains(simulation.Progress.OfType<SweepLogged>(), l => l.Message.Contains("0001 is forgotten", StringComparison.Ordinal));
    }

    [Fact]
    public void A_circuit_whose_probes_the_world_keeps_failing_is_forgotten_too()
    {
        var journal = new Disk();
        new Simulation(
            journal, _spec, 2,
            (r, d) => r.Job is ProbeJob && r.Trial.Contains("/0005/", StringComparison.Ordinal) ? [Scripts.Dies(1)] : Scripts.Smooth(
                r, d)).ToEnd();
        var search = Search(journal, "bracket_counting");
        Assert.Equal(StopReason.Rounds, search.Ended);
        Assert.NotNull(search.Prunings[5].Forgotten);
    }

    [Fact]
    public void What_was_forgotten_before_a_crash_stays_forgotten()
    {
        var journal = new Disk();
        var first = new Simulation(journal, _spec, 2, KillsSecondPruning);
        first.ToEnd(() => first.Progress.OfType<SearchProgressed>().Any(p => p.RoundsClosed == 1));
        var second = new Simulation(journal, _spec, 2);
        Assert.Equal(SweepEnd.Completed, second.ToEnd()!.End);
        Assert.DoesNotContain(second.Launcher.Requests, r => r.Trial.EndsWith("/0001", StringComparison.Ordinal));
        Assert.NotNull(Search(journal, "bracket_counting").Prunings[1].Forgotten);
    }

    [Fact]
    public void A_world_that_fails_a_whole_round_stops_the_run_and_nothing_is_forgotten()
    {
        var journal = new Disk();
        var outcome = new Simulation(journal, _spec, 2, (r, d) =>
            r.Job is PruneJob && r.Trial[^1] is '3' or '4' or '5'
                ? [Scripts.Fails(r, FailureKind.World, "no space left on device")]
                : Scripts.Smooth(r, d)).ToEnd()!;
        Assert.Equal(SweepEnd.Failed, outcome.End);
        Assert.Contains("no space left on device", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(SweepEnd.Completed, new Simulation(journal, _spec, 2).ToEnd()!.End);
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
    }

    [Fact]
    public void A_search_that_only_fails_is_warned_about_once_and_goes_on()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec with { Search = _spec.Search with { Rounds = 9, BatchSize = 4 } }, 2, (r, d) =>
            r.Job is PruneJob ? [Scripts.Fails(r, FailureKind.Work, "the loss is NaN")] : Scripts.Smooth(r, d));
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        var warning = Assert.Single(
            simulation.Progress.OfType<SweepLogged>(), logged => logged.Message.StartsWith("searches", StringComparison.Ordinal));
        Assert.Contains("all of the first 32 prunings failed", warning.Message, StringComparison.Ordinal);
        Assert.Contains("the loss is NaN", warning.Message, StringComparison.Ordinal);
        Assert.Equal(36, Search(journal, "bracket_counting").Prunings.Count);
    }

    [Fact]
    public void Rules_end_a_search_before_its_rounds()
    {
        var journal = new Disk();
        new Simulation(journal, _spec with { Search = _spec.Search with { Rounds = 30, MaxCost = 5 } }, 2).ToEnd();
        var search = Search(journal, "bracket_counting");
        Assert.Equal((StopReason.Cost, 2), (search.Ended, search.RoundsClosed));
    }

    [Fact]
    public void The_work_of_a_pruning_is_its_cost_where_the_sweep_says_so()
    {
        var journal = new Disk();
        new Simulation(journal, _spec with { Search = _spec.Search with { Cost = PruningCost.Work } }, 2).ToEnd();
        var search = Search(journal, "bracket_counting");
        var training = 3.0 * _spec.Pruning.Steps * _spec.Pruning.BatchPairs;
        Assert.Equal(
            search.Prunings.Select(p => training + (p.Outcome!.Curve.Count * _spec.Pruning.ValidationPairs)),
            search.State.Observations.Select(o => o.Cost));
    }

    [Fact]
    public void A_warm_search_waits_for_its_source_and_begins_around_its_best_points()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _warm, 4);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Empty(simulation.Errors);

        var prunings = simulation.Launcher.Requests.Select(r => r.Job).OfType<PruneJob>().Where(
            j => j.Method == PruningMethod.Learned).Select(j => j.Task).ToList();
        Assert.Equal(9, prunings.TakeWhile(task => task == "bracket_counting").Count());
        var source = Search(journal, "bracket_counting");
        Assert.Empty(source.WarmStart);
        foreach (var task in new[] { "single_double_quote", "set_or_string" })
        {
            var search = Search(journal, task);
            Assert.Equal(["bracket_counting"], search.WarmStart);
            Assert.Equal(WarmStart.Center([BestPoints.Of(source.State)], source.State.Config.Space), search.State.Config.Space.Center);
            Assert.NotEqual(source.State.Config.Space.Center, search.State.Config.Space.Center);
        }
    }

    [Fact]
    public void A_crash_anywhere_changes_no_warm_start()
    {
        var (expected, writes) = _undisturbedWarm.Value;
        for (var at = 1; at <= writes; at += 7)
        {
            var journal = new Disk();
            Assert.Null(new Simulation(journal, _warm, 3, crashAtWrite: at).ToEnd());
            Assert.Equal(SweepEnd.Completed, new Simulation(journal, _warm, 1).ToEnd()!.End);
            Assert.Equal(expected, Simulation.Read(journal));
        }
    }

    [Fact]
    public void Searches_do_not_wait_for_a_source_that_will_never_be()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _warm, 2, (r, d) =>
            r.Job is EvaluateJob { Task: "bracket_counting" }
                ? [Scripts.Fails(r, FailureKind.Work, "both completions begin with the same token")]
                : Scripts.Smooth(r, d));
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.True(Search(journal, "set_or_string").Completed);
        Assert.Empty(Search(journal, "set_or_string").WarmStart);
    }

    [Fact]
    public void Searches_after_a_source_without_any_success_begin_at_the_centre_of_the_file()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _warm, 2, (r, d) =>
            r.Job is PruneJob { Task: "bracket_counting" } ? [Scripts.Fails(r, FailureKind.Work, "NaN")] : Scripts.Smooth(r, d));
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        var search = Search(journal, "set_or_string");
        Assert.Equal(Search(journal, "bracket_counting").State.Config.Space.Center, search.State.Config.Space.Center);
    }

    private static IEnumerable<Step> KillsSecondPruning(RunRequest r, DeviceSpec device) =>
        r.Job is PruneJob && r.Trial.EndsWith("/0001", StringComparison.Ordinal) ? [Scripts.Dies(1)] : Scripts.Smooth(r, device);

    private static (string Model, int Writes) Run(SweepSpec spec)
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, spec, devices: 2);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Empty(simulation.Errors);
        return (Simulation.Read(journal), simulation.Writes);
    }

    private static SearchSnapshot Search(Disk journal, string task) =>
        SweepReadModel.Load(journal).Models.Single().Tasks.Single(t => t.Task == task).Search!;
}
