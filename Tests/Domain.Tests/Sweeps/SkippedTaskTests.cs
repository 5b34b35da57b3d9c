using Sweeps.Domain.Audit;

namespace Sweeps.Domain.Tests.Sweeps;

/// <summary>A task that a model has not learned is measured there, and then left out.</summary>
public class SkippedTaskTests
{
    private const string Learned = "bracket_counting";

    private static readonly SweepSpec _spec = FakeResults.Spec with
    {
        Grid = FakeResults.Spec.Grid with { L0 = [0.5], PeakLr = [] },
        Tasks = [FakeResults.NotLearned, Learned],
    };

    private static readonly PruningOptions _options = new() { TargetLoss = 0.15 };

    [Theory]
    [InlineData(0.42, false)]
    [InlineData(0.43, true)]
    [InlineData(double.NaN, false)]
    [InlineData(null, false)]
    public void A_task_is_not_learned_where_its_calibrated_loss_is_nearer_to_guessing_than_to_the_target(double? loss, bool unlearned) =>
        Assert.Equal(unlearned, TaskLearning.IsUnlearned(_options, Measured(loss)));

    [Fact]
    public void Where_guessing_is_at_the_target_every_task_is_learned() =>
        Assert.False(TaskLearning.IsUnlearned(_options with { TargetLoss = 0.7 }, Measured(9)));

    [Fact]
    public void It_has_no_search_no_attribution_and_nothing_that_follows_and_the_sweep_ends_without_a_failure()
    {
        var events = WholeRun.Of(_spec);
        var streams = events.Select(e => e.Entity).Distinct().Where(id => id.Contains(FakeResults.NotLearned, StringComparison.Ordinal));
        Assert.Equal([$"trial:models/{Model(_spec).Id}/{FakeResults.NotLearned}"], streams);
        Assert.Empty(events.Select(e => e.Event).OfType<SweepCompleted>().Single().Failures);
        var tasks = SweepReadModel.Load(new MemoryReader(events)).Models.Single().Tasks;
        Assert.Equal([true, false], tasks.Select(task => task.Skipped));
        Assert.Null(tasks[0].Search);
        Assert.NotNull(tasks[1].Validation);
    }

    [Fact]
    public void It_is_searched_where_the_file_says_so()
    {
        var task = SweepReadModel.Load(new MemoryReader(WholeRun.Of(_spec with { SkipUnlearned = false }))).Models.Single().Tasks[0];
        Assert.False(task.Skipped);
        Assert.True(task.Search!.Completed);
        Assert.NotNull(task.Validation);
    }

    [Fact]
    public void A_search_that_would_have_begun_from_it_does_not_wait()
    {
        var spec = _spec with { Search = _spec.Search with { WarmStart = [FakeResults.NotLearned] } };
        var state = Given.State(SweepState.Initial, SweepState.Apply, UntilMeasured(spec));
        var search = Assert.Single(state.OpenSearches());
        Assert.Equal((Learned, 0), (search.Id.Task, search.WarmStart.Count));
    }

    [Fact]
    public void A_restart_leaves_out_the_same_tasks()
    {
        var state = Given.State(SweepState.Initial, SweepState.Apply, UntilMeasured(_spec));
        var restored = Given.Stored(SweepSnapshot.Of(state)).State();
        Assert.Equal((1, 1), (state.Skipped, restored.Skipped));
        Assert.Equal(state.Open, restored.Open);
        Assert.DoesNotContain(state.Open, item => item.Task == 0);
    }

    [Fact]
    public void A_result_from_before_the_loss_was_measured_is_read_and_skips_nothing()
    {
        SweepEvent[] events = [.. UntilMeasured(_spec).Select(e => e is TrialResultRecorded { Result: EvaluateResult r } old
            ? old with { Result = r with { CalibratedLoss = null } } : e)];
        var state = Given.State(SweepState.Initial, SweepState.Apply, events);
        Assert.Equal((0, 2), (state.Skipped, state.OpenSearches().Count()));
    }

    [Fact]
    public void The_audit_finds_a_search_that_began_and_a_result_that_is_counted_all_the_same()
    {
        var events = WholeRun.Of(_spec).ToList();
        Assert.Empty(JournalAudit.Of(new MemoryReader(events)).Findings);
        var begun = (SearchStarted)events.First(e => e.Event is SearchStarted).Event;
        var id = new SearchId(Model(_spec).Id, FakeResults.NotLearned);
        Assert.Contains(
            JournalAudit.Of(new MemoryReader([.. events, new PersistedEvent(SweepJournal.Search(id), begun)])).Findings,
            finding => finding.Problem.Contains("is one to skip", StringComparison.Ordinal));
        var first = events.FindIndex(e => e.Event is SearchResultRecorded);
        events.Insert(first, new PersistedEvent(SweepJournal.Sweep, new SearchResultRecorded(id.Model, id.Task, 0, FakeResults.Circuit)));
        Assert.Contains(
            JournalAudit.Of(new MemoryReader(events)).Findings,
            finding => finding.Problem.Contains("is no search of the sweep", StringComparison.Ordinal));
    }

    private static EvaluateResult Measured(double? loss) => new(0, 0, 0, 1) { CalibratedLoss = loss };

    private static PlannedModel Model(SweepSpec spec) => SweepPlan.Of(spec).Models.Single();

    /// <summary>A sweep of one model, until both tasks are measured.</summary>
    private static SweepEvent[] UntilMeasured(SweepSpec spec)
    {
        List<SweepEvent> events = [new SweepSubmitted(spec)];
        var state = SweepState.Apply(SweepState.Initial, events[0]);
        while (state.Open.FirstOrDefault(item => item.Stage <= SweepStage.Evaluate) is var item && state.Open.Contains(item))
        {
            var (trial, job) = state.Trial(item);
            foreach (var e in Given.Accepts(SweepState.Decide(state, new RecordTrialResult(trial, FakeResults.Of(job)))))
            {
                events.Add(e);
                state = SweepState.Apply(state, e);
            }
        }
        return [.. events];
    }
}
