namespace Sweeps.Search.Tests;

public class StoppingTests
{
    private const int Batch = 2;
    private static readonly SearchConfig _config = SearchConfig.For("random", PaperSpaces.Pruning, 5, Batch);

    [Fact]
    public void The_last_round_ends_a_search()
    {
        Assert.Null(Stopping.Reason(After((1, 1), (2, 1)), new StoppingRules(2)));
        Assert.Equal(StopReason.Rounds, Stopping.Reason(After((1, 1), (2, 1), (1, 1), (2, 1)), new StoppingRules(2)));
    }

    [Fact]
    public void The_round_that_reaches_the_cost_ends_a_search_and_failures_cost_too()
    {
        var rules = new StoppingRules(9, MaxCost: 10);
        Assert.Null(Stopping.Reason(After((1, 4), (2, 5)), rules));
        Assert.Equal(StopReason.Cost, Stopping.Reason(After((1, 4), (null, 6)), rules));
    }

    [Fact]
    public void Rounds_without_a_better_output_stall_a_search_and_a_better_one_starts_the_count_again()
    {
        Assert.Equal(0, Stopping.StalledRounds(After((3, 1), (4, 1))));
        Assert.Equal(2, Stopping.StalledRounds(After((3, 1), (4, 1), (3, 1), (5, 1), (4, 1), (null, 1))));
        Assert.Equal(0, Stopping.StalledRounds(After((3, 1), (4, 1), (3, 1), (5, 1), (2, 1), (9, 1))));
        var rules = new StoppingRules(9, StallRounds: 2);
        Assert.Null(Stopping.Reason(After((3, 1), (4, 1), (3, 1), (5, 1)), rules));
        Assert.Equal(StopReason.Stalled, Stopping.Reason(After((3, 1), (4, 1), (3, 1), (5, 1), (4, 1), (4, 1)), rules));
    }

    [Fact]
    public void A_worse_output_that_is_cheaper_improves_the_front()
    {
        Assert.Equal(0, Stopping.StalledRounds(After((3, 5), (4, 5), (9, 4), (9, 5))));
        Assert.Equal(1, Stopping.StalledRounds(After((3, 5), (4, 5), (9, 5), (9, 6))));
    }

    [Fact]
    public void Larger_outputs_improve_a_search_that_maximises()
    {
        var maximise = _config with { Direction = Direction.Maximise };
        Assert.Equal(0, Stopping.StalledRounds(After(maximise, (3, 1), (4, 1), (5, 1), (1, 1))));
        Assert.Equal(1, Stopping.StalledRounds(After(maximise, (3, 1), (4, 1), (2, 1), (1, 1))));
    }

    [Fact]
    public void What_has_found_nothing_yet_has_not_stalled()
    {
        var failing = Enumerable.Repeat(((double?)null, 1.0), 2 * Stopping.WorryingFailures).ToArray();
        Assert.Null(Stopping.Reason(After(failing), new StoppingRules(99, StallRounds: 1)));
    }

    [Fact]
    public void An_open_round_decides_nothing()
    {
        var open = After((3, 1), (4, 1), (5, 1), (5, 1), (1, 100));
        Assert.Equal(1, Stopping.StalledRounds(open));
        Assert.Null(Stopping.Reason(open, new StoppingRules(9, MaxCost: 50)));
    }

    [Fact]
    public void A_forgotten_suggestion_closes_its_round_and_costs_nothing()
    {
        var state = After((3, 1), (4, 1));
        state = state.Issue(SearchAlgorithms.Suggest(state, Batch)).Observe(2, 3.5, 1).Forget(3);
        Assert.Equal(1, Stopping.StalledRounds(state));
        Assert.Null(Stopping.Reason(state, new StoppingRules(9, MaxCost: 4)));
    }

    [Fact]
    public void Nothing_but_failures_is_worrying_from_the_thirty_second_on_and_one_success_is_comfort()
    {
        var failing = Enumerable.Repeat(((double?)null, 1.0), Stopping.WorryingFailures).ToArray();
        Assert.False(Stopping.OnlyFails(After(failing[1..])));
        Assert.True(Stopping.OnlyFails(After(failing)));
        Assert.False(Stopping.OnlyFails(After([(2.5, 1.0), .. failing])));
    }

    private static SearchState After(params (double? Output, double Cost)[] observed) => After(_config, observed);

    private static SearchState After(SearchConfig config, params (double? Output, double Cost)[] observed)
    {
        var state = SearchState.Create(config);
        foreach (var (index, (output, cost)) in observed.Index())
        {
            if (index % Batch == 0) state = state.Issue(SearchAlgorithms.Suggest(state, Batch));
            state = state.Observe(index, output ?? double.NaN, cost);
        }
        return state;
    }
}
