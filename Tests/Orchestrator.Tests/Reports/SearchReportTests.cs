using Sweeps.Orchestrator.Reports;
using Sweeps.Search;

namespace Sweeps.Orchestrator.Tests.Reports;

public class SearchReportTests
{
    private const int Batch = 8;
    private static readonly SearchSpace _space = PruningPoint.Space(new PruningHyperparameters());

    [Fact]
    public void What_matters_to_the_objective_is_named_first()
    {
        // The learning rate decides nearly everything, the temperature a little, all others nothing.
        var search = ReportSearches.Of(
            Snapshot(rounds: 8, point => Math.Pow(Math.Log10(point.Lr / 5e-3), 2) + (0.1 * Math.Log10(point.HeavisideTemp))));
        Assert.Equal(_space.Parameters.Select(p => p.Name), search.Importance.Select(i => i.Parameter));
        Assert.Equal("lr", search.Importance.MaxBy(i => i.Total)!.Parameter);
        Assert.Equal(new PruningHyperparameters(), search.Center);
    }

    [Fact]
    public void With_a_constant_cost_the_front_is_the_best_pruning()
    {
        var snapshot = Snapshot(rounds: 2, point => point.Lr);
        var best = snapshot.State.Best!;
        var point = Assert.Single(ReportSearches.Of(snapshot).Front);
        Assert.Equal((best.Index, best.Output, 1.0), (point.Index, (double?)point.Objective, point.Cost));
    }

    [Fact]
    public void Few_prunings_do_not_tell_what_matters() =>
        Assert.Empty(ReportSearches.Of(Snapshot(rounds: 1, point => point.Lr)).Importance);

    [Fact]
    public void An_open_round_changes_nothing()
    {
        var closed = Snapshot(rounds: 5, point => point.Lr);
        var open = closed with { State = closed.State.Issue(SearchAlgorithms.Suggest(closed.State, Batch)).Observe(5 * Batch, -100) };
        var (before, after) = (ReportSearches.Of(closed), ReportSearches.Of(open));
        Assert.Equal(before.Front.Select(p => p.Index), after.Front.Select(p => p.Index));
        Assert.Equal(before.Importance, after.Importance);
    }

    [Theory]
    [InlineData("carbs", SuggestionKind.Random, true)]
    [InlineData("carbs", SuggestionKind.Model, false)]
    [InlineData("carbs", SuggestionKind.Fallback, false)]
    [InlineData("random", SuggestionKind.Random, false)]
    public void A_search_by_carbs_that_never_learned_says_so(string algorithm, SuggestionKind last, bool randomOnly)
    {
        ReportPruning Pruning(int index, SuggestionKind kind) =>
            new(index, 0, kind, new PruningHyperparameters(), 1, 1, 3, 4, 0.1, null, null);
        var task = new ReportTask(
            "t", null, null, true, null, [], [Pruning(0, SuggestionKind.Center), Pruning(1, last)], null, null, null, null, null,
            CircuitVerdict.Holds);
        var search = new ReportSearch(algorithm, 1, 1, StopReason.Rounds, [], new PruningHyperparameters(), [], []);
        Assert.StartsWith(
            randomOnly ? "carbs (random phase only), version 1: 1 rounds" : $"{algorithm}, version 1: 1 rounds",
            SearchTables.Summary(task, search), StringComparison.Ordinal);
        var open = search with { Ended = null };
        if (randomOnly)
            Assert.StartsWith("carbs (random phase only so far), ", SearchTables.Summary(task, open), StringComparison.Ordinal);
    }

    [Fact]
    public void Prunings_that_were_stopped_are_counted_and_told_with_what_they_could_not_beat()
    {
        var best = new CircuitToBeat(CircuitSize.Edges, 12, 30);
        ReportPruning[] prunings =
        [
            new(0, 0, SuggestionKind.Center, new PruningHyperparameters(), 1.5, 1, 12, 30, 0.1, null, null),
            new(1, 1, SuggestionKind.Random, new PruningHyperparameters(), 1.6, 1, null, null, null, null, null)
            {
                Stopped = new PruningStop(12, 41, 0.27, best),
            },
        ];
        var task = new ReportTask(
            "t", null, null, true, null, [], [.. prunings], null, null, null, null, null, CircuitVerdict.Holds);
        var search = new ReportSearch("carbs", 1, 2, StopReason.Rounds, [], new PruningHyperparameters(), [], []);
        Assert.Contains(
            "2 prunings, of which 0 failed, 1 were stopped early and 0 were forgotten", SearchTables.Summary(task, search),
            StringComparison.Ordinal);
        Assert.Equal(["1", "12", "41", "0.270", "12", "30"], Assert.Single(SearchTables.Stopped(task)!.Rows));
        Assert.Null(SearchTables.Stopped(task with { Prunings = [prunings[0]] }));
    }

    private static SearchSnapshot Snapshot(int rounds, Func<PruningHyperparameters, double> objective)
    {
        var state = SearchState.Create(SearchConfig.For("halton", _space, 3, Batch));
        for (var round = 0; round < rounds; round++)
        {
            state = state.Issue(SearchAlgorithms.Suggest(state, Batch));
            foreach (var suggestion in state.Outstanding.ToList())
                state = state.Observe(suggestion.Index, objective(PruningPoint.Hyperparameters(_space, suggestion.Values)));
        }
        return new SearchSnapshot(new SearchId(new ModelId("m"), "t"), StopReason.Rounds, rounds, [], null, [], state);
    }
}
