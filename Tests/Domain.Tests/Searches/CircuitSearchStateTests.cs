using Sweeps.Search;

namespace Sweeps.Domain.Tests.Searches;

public class CircuitSearchStateTests
{
    private const int Rounds = 3, Batch = 4;
    private static readonly SearchConfig _config = SearchConfig.For("local", PaperSpaces.Pruning, 11, Batch);
    private static readonly BeginSearch _begin = new(_config, new StoppingRules(Rounds));

    [Fact]
    public void A_search_begins_with_its_first_round_of_suggestions()
    {
        var events = Given.Accepts(Decide(_begin));
        Assert.Equal(new SearchStarted(_config, new StoppingRules(Rounds), []), events[0]);
        var made = Assert.IsType<SuggestionsMade>(events[1]);
        Assert.Equal(Enumerable.Range(0, Batch), made.Suggestions.Select(s => s.Index));
        Assert.Equal(new PruningHyperparameters(), State(events).Hyperparameters(0)); // the centre first
        Given.DoesNothing(Decide(_begin, [.. events]));
    }

    [Fact]
    public void A_round_is_closed_by_its_last_observation_in_whatever_order_they_come()
    {
        SearchEvent[] begun = [.. Decide(_begin).Events];
        foreach (var order in new int[][] { [0, 1, 2, 3], [3, 1, 0, 2] })
        {
            List<SearchEvent> given = [.. begun];
            foreach (var index in order[..3])
                given.Add(Assert.IsType<ObservationRecorded>(Assert.Single(Given.Accepts(Decide(Observe(index), [.. given])))));
            var last = Given.Accepts(Decide(Observe(order[3]), [.. given]));
            Assert.Equal([typeof(ObservationRecorded), typeof(RoundClosed), typeof(SuggestionsMade)], last.Select(e => e.GetType()));
        }
    }

    [Fact]
    public void The_order_in_which_prunings_end_does_not_change_what_is_suggested_next()
    {
        Assert.Equal(
            RunToEnd(indices => indices).Search!.Suggestions,
            RunToEnd(indices => indices.Reverse()).Search!.Suggestions);
    }

    [Fact]
    public void It_ends_after_its_rounds_with_the_lowest_objective_as_the_best()
    {
        var state = RunToEnd(indices => indices);
        Assert.True(state.IsDone);
        Assert.Equal(Rounds * Batch, state.Outcomes.Count);
        Assert.Equal(state.Outcomes.MinBy(o => o.Value.Objective).Key, state.Best);
    }

    [Fact]
    public void An_observation_enters_once_and_an_unknown_suggestion_is_refused()
    {
        SearchEvent[] begun = [.. Decide(_begin).Events];
        Given.DoesNothing(Decide(Observe(1), [.. begun, .. Decide(Observe(1), begun).Events]));
        Given.Refuses("was not made", Decide(Observe(Batch), begun));
        Given.Refuses("was not made", Decide(Observe(-1), begun));
        Given.Refuses("was not made", Decide(Observe(0)));
    }

    [Fact]
    public void A_forgotten_suggestion_closes_its_round_like_an_observed_one_and_enters_once()
    {
        SearchEvent[] begun = [.. Decide(_begin).Events];
        List<SearchEvent> given = [.. begun];
        foreach (var index in new[] { 0, 3, 1 }) given.AddRange(Given.Accepts(Decide(Observe(index), [.. given])));
        var last = Given.Accepts(Decide(new ForgetSuggestion(2, "no device"), [.. given]));
        Assert.Equal([new SuggestionForgotten(2, "no device"), new RoundClosed(0)], last[..2]);
        Assert.Equal(Enumerable.Range(Batch, Batch), Assert.IsType<SuggestionsMade>(last[2]).Suggestions.Select(s => s.Index));

        Given.DoesNothing(Decide(new ForgetSuggestion(2, "again"), [.. given, .. last]));
        Given.DoesNothing(Decide(Observe(2), [.. given, .. last]));
        Given.DoesNothing(Decide(new ForgetSuggestion(3, "late"), [.. given, .. last]));
        Given.Refuses("was not made", Decide(new ForgetSuggestion(Batch, "early"), begun));
    }

    [Fact]
    public void The_search_learns_nothing_of_a_forgotten_point()
    {
        var state = State([.. Decide(_begin).Events, new SuggestionForgotten(2, "no device")]);
        Assert.DoesNotContain(state.Open, s => s.Index == 2);
        Assert.Empty(state.Search!.Observations);
        Assert.False(state.HasObservedInOpenRound);
    }

    [Fact]
    public void A_rule_that_ends_it_early_is_its_reason()
    {
        var state = RunToEnd(indices => indices, index => index < Batch ? index : 50, new StoppingRules(9, StallRounds: 2));
        Assert.Equal((StopReason.Stalled, 3), (state.Ended, state.RoundsClosed));
        Assert.Equal(StopReason.Rounds, RunToEnd(indices => indices).Ended);
    }

    [Fact]
    public void What_a_pruning_cost_is_told_to_the_search()
    {
        var begun = Decide(_begin).Events;
        var state = State([.. begun, .. Decide(Observe(0) with { Cost = 7 }, [.. begun]).Events]);
        Assert.Equal(7, Assert.Single(state.Search!.Observations).Cost);
    }

    [Fact]
    public void A_pruning_without_a_number_counts_as_a_failure_and_a_search_of_nothing_else_has_no_best()
    {
        var state = RunToEnd(indices => indices, _ => null);
        Assert.True(state.IsDone);
        Assert.Null(state.Best);
    }

    [Fact]
    public void Replay_at_any_point_gives_the_state_that_was_there()
    {
        List<SearchEvent> events = [];
        var live = CircuitSearchState.Initial;
        void Happen(IEnumerable<SearchEvent> happened)
        {
            foreach (var e in happened)
            {
                events.Add(e);
                live = CircuitSearchState.Apply(live, e);
                Assert.Equal(live.Search, State(events).Search);
                Assert.Equal(live.RoundsClosed, State(events).RoundsClosed);
            }
        }
        Happen(CircuitSearchState.Decide(live, _begin).Events);
        while (live.Open.FirstOrDefault() is { } open) Happen(CircuitSearchState.Decide(live, Observe(open.Index)).Events);
        Assert.True(live.IsDone);
    }

    private static CircuitSearchState RunToEnd(
        Func<IEnumerable<int>, IEnumerable<int>> order, Func<int, double?>? objective = null, StoppingRules? rules = null)
    {
        var state = State(Decide(_begin with { Stopping = rules ?? _begin.Stopping }).Events);
        while (!state.IsDone)
            foreach (var index in order(state.Open.Select(s => s.Index).ToList()).ToList())
                state = CircuitSearchState.Decide(state, Observe(index, objective)).Events.Aggregate(state, CircuitSearchState.Apply);
        return state;
    }

    private static RecordOutcome Observe(int index) => Observe(index, null);

    private static RecordOutcome Observe(int index, Func<int, double?>? objective)
    {
        var value = objective is null ? 1 + ((index * 7) % 5) + (index * 0.01) : objective(index);
        return new RecordOutcome(index, new PruningOutcome(null, [], null, value, value is null ? "NaN" : null), 1);
    }

    private static Decision<SearchEvent> Decide(SearchCommand command, params SearchEvent[] given) =>
        CircuitSearchState.Decide(State(given), command);

    private static CircuitSearchState State(IEnumerable<SearchEvent> events) =>
        Given.State(CircuitSearchState.Initial, CircuitSearchState.Apply, events);
}
