using Sweeps.Domain.Audit;
using Sweeps.Search;

namespace Sweeps.Actors.Tests.Sweeps;

/// <summary>A trial, a search or a pruning is given up by command while its sweep runs, in virtual time.</summary>
public class CancelPartTests
{
    private static readonly SweepSpec _spec = FakeResults.Spec;
    private static readonly SweepPlan _plan = SweepPlan.Of(_spec);

    [Fact]
    public void A_training_that_is_cancelled_counts_as_failed_its_device_is_freed_and_the_sweep_goes_on_without_it()
    {
        var disk = new Disk();
        var simulation = new Simulation(disk, _spec, devices: 1);
        var model = _plan.Models[0];
        simulation.ToEnd(() => IsRunning(simulation, model.Trial));
        _ = simulation.Run.Command(new CancelPart(model.Trial.Value));
        var outcome = simulation.ToEnd()!;
        Assert.Equal(SweepEnd.Completed, outcome.End);
        Assert.Contains(outcome.Failures, failure => failure == new SweepFailure(model.Trial.Value, CancelPart.Reason));
        Assert.DoesNotContain(
            simulation.Launcher.Requests,
            request => request.Job is EvaluateJob e && e.Output.Contains($"/{model.Id}/", StringComparison.Ordinal));
        Assert.Empty(simulation.Errors);
        Assert.Empty(JournalAudit.Of(disk).Findings);
    }

    [Fact]
    public void A_trial_that_was_cancelled_is_tried_again_by_command_and_then_nothing_is_missing()
    {
        var disk = new Disk();
        var undisturbed = new Disk();
        new Simulation(undisturbed, _spec, devices: 2).ToEnd();
        var simulation = new Simulation(disk, _spec, devices: 2);
        var model = _plan.Models[1];
        simulation.ToEnd(() => IsRunning(simulation, model.Trial));
        _ = simulation.Run.Command(new CancelPart(model.Trial.Value));
        // At once, while the device is still ending it, or later.
        _ = simulation.Run.Command(new RetryTrials([model.Trial]));
        Assert.Empty(simulation.ToEnd()!.Failures);
        Assert.Equal(Simulation.Read(undisturbed), Simulation.Read(disk));
        Assert.Empty(simulation.Errors);
        Assert.Empty(JournalAudit.Of(disk).Findings);
    }

    [Fact]
    public void A_search_that_is_ended_gives_the_best_circuit_that_it_has_and_its_model_goes_on()
    {
        var disk = new Disk();
        var simulation = new Simulation(disk, _spec, devices: 2);
        SearchProgressed? search = null;
        simulation.ToEnd(() => (search = Last(simulation, s => s is { Ended: false, Observed: > 0 })) is not null);
        _ = simulation.Run.Command(new CancelPart(search!.Search.ToString()));
        var outcome = simulation.ToEnd()!;
        Assert.Equal(SweepEnd.Completed, outcome.End);
        Assert.Empty(outcome.Failures);
        var ended = Last(simulation, s => s.Search == search.Search)!;
        Assert.True(ended.Ended);
        Assert.NotNull(ended.Circuit);
        Assert.InRange(ended.Observed, 1, (_spec.Search.Rounds * _spec.Search.BatchSize) - 1);
        var found = Found(disk, s => s.Id == search.Search);
        Assert.Equal(StopReason.Command, found.Ended);
        Assert.Empty(simulation.Errors);
        Assert.Empty(JournalAudit.Of(disk).Findings);
    }

    [Fact]
    public void A_pruning_that_is_cancelled_is_forgotten_and_its_search_goes_on_to_its_end()
    {
        var disk = new Disk();
        var simulation = new Simulation(disk, _spec, devices: 1);
        TrialId? pruning = null;
        simulation.ToEnd(() => (pruning = Running(simulation).FirstOrDefault(IsPruning)) is { Value: not null });
        _ = simulation.Run.Command(new CancelPart(pruning!.Value.Value));
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        var search = Found(disk, s => pruning.Value.Value.StartsWith($"{s.Id}/", StringComparison.Ordinal));
        Assert.Equal(CancelPart.Reason, Assert.Single(search.Prunings, p => p.Forgotten is not null).Forgotten);
        Assert.Equal(StopReason.Rounds, search.Ended);
        Assert.Empty(simulation.Errors);
        Assert.Empty(JournalAudit.Of(disk).Findings);
    }

    [Theory]
    [InlineData("models/nobody")]
    [InlineData("searches/a/b")]
    [InlineData("searches/a/b/0001")]
    [InlineData("")]
    [InlineData("/")]
    public void What_is_not_at_work_cannot_be_cancelled(string subject)
    {
        var state = new[] { new SweepSubmitted(_spec) }.Aggregate(SweepState.Initial, SweepState.Apply);
        Assert.IsType<Reply.Refused>(SweepState.Decide(state, new CancelPart(subject)).Reply);
    }

    [Fact]
    public void What_has_ended_is_left_as_it_is()
    {
        var state = SweepState.Apply(SweepState.Initial, new SweepSubmitted(_spec));
        state = SweepState.Apply(state, new TrialResultRecorded(SweepPlan.Preparation, FakeResults.Prepared));
        Assert.IsType<Reply.AlreadyDone>(SweepState.Decide(state, new CancelPart(SweepPlan.Preparation.Value)).Reply);
    }

    private static SearchSnapshot Found(Disk disk, Func<SearchSnapshot, bool> which) =>
        SweepReadModel.Load(disk).Models.SelectMany(m => m.Tasks).Select(t => t.Search).OfType<SearchSnapshot>().Single(which);

    private static bool IsRunning(Simulation simulation, TrialId trial) => Running(simulation).Contains(trial);

    private static IEnumerable<TrialId> Running(Simulation simulation) => simulation.Progress.OfType<TrialChanged>()
        .GroupBy(changed => changed.Trial).Where(of => of.Last().Phase == TrialPhase.Running).Select(of => of.Key);

    private static bool IsPruning(TrialId trial) =>
        trial.Value.StartsWith("searches/", StringComparison.Ordinal) && char.IsAsciiDigit(trial.Value[^1])
            && trial.Value.Count(c => c == '/') == 3;

    private static SearchProgressed? Last(Simulation simulation, Func<SearchProgressed, bool> where) =>
        simulation.Progress.OfType<SearchProgressed>().LastOrDefault(where);
}
