namespace Sweeps.Search.Tests;

public class SearchStateTests
{
    private static SearchState OneRoundIssued()
    {
        var state = Problems.Start("local", Problems.Int4Space, 7);
        return state.Issue(SearchAlgorithms.Suggest(state, 8));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void An_output_that_is_not_finite_is_a_failure(double output)
    {
        var observed = Assert.Single(OneRoundIssued().Observe(3, output).Observations);
        Assert.Equal(new Observation(3, ObservationStatus.Failure, null, 1), observed);
    }

    [Fact]
    public void A_failures_output_is_dropped() =>
        Assert.Null(OneRoundIssued().Observe(3, 0.5, status: ObservationStatus.Failure).Observations[0].Output);

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_cost_that_is_no_positive_number_is_refused(double cost)
    {
        var error = Assert.Throws<SearchException>(() => OneRoundIssued().Observe(0, 1, cost));
        Assert.Contains("cost of suggestion 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_event_twice_is_one_and_a_different_one_is_an_error()
    {
        var state = OneRoundIssued().Observe(2, 0.5).Observe(4, double.NaN).Forget(5);
        Assert.Equal(state, state.Observe(2, 0.5).Observe(4, double.PositiveInfinity).Forget(5).Issue(state.Suggestions));
        Assert.Throws<SearchException>(() => state.Observe(2, 0.6));
        Assert.Throws<SearchException>(() => state.Observe(2, 0.5, cost: 2));
        Assert.Throws<SearchException>(() => state.Observe(4, 1));
        Assert.Throws<SearchException>(() => state.Observe(5, 1));
        Assert.Throws<SearchException>(() => state.Forget(2));
    }

    [Fact]
    public void What_was_not_issued_can_be_neither_observed_nor_forgotten()
    {
        var state = OneRoundIssued();
        Assert.Throws<SearchException>(() => state.Observe(8, 1));
        Assert.Throws<SearchException>(() => state.Observe(-1, 1));
        Assert.Throws<SearchException>(() => state.Forget(8));
    }

    [Fact]
    public void Suggestions_are_issued_in_order_and_inside_the_space()
    {
        var state = OneRoundIssued();
        var next = state.Suggestions[7] with { Index = 9 };
        Assert.Contains(
            "expected the next index, 8", Assert.Throws<SearchException>(() => state.Issue(next)).Message, StringComparison.Ordinal);
        var outside = state.Suggestions[7] with { Index = 8, Values = [21, 64, 1e-3, 0.9] };
        Assert.Contains(
            "not a point of the space", Assert.Throws<SearchException>(() => state.Issue(outside)).Message, StringComparison.Ordinal);
        Assert.Throws<SearchException>(() => state.Issue(state.Suggestions[7] with { Values = state.Suggestions[6].Values }));
    }

    [Fact]
    public void Observations_are_released_when_their_whole_round_is_resolved()
    {
        var state = OneRoundIssued();
        for (var i = 0; i < 7; i++)
        {
            state = state.Observe(i, i);
            Assert.Empty(state.Released);
        }
        Assert.Equal(7, Assert.Single(state.Outstanding).Index);
        Assert.Throws<SearchException>(() => SearchAlgorithms.Suggest(state, 1));
        Assert.Equal(7, state.Forget(7).Released.Count());
        Assert.Equal(8, state.Observe(7, 7).Released.Count());
    }

    [Fact]
    public void A_batch_does_not_reach_past_its_round()
    {
        var state = Problems.Start("local", Problems.Int4Space, 7);
        var error = Assert.Throws<SearchException>(() => SearchAlgorithms.Suggest(state, 9));
        Assert.Contains("expected at most 8", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => SearchAlgorithms.Suggest(state, 0));
    }

    [Fact]
    public void The_best_is_the_earliest_of_equals_in_either_direction()
    {
        Assert.Null(OneRoundIssued().Observe(0, double.NaN).Best);
        Assert.Equal(1, OneRoundIssued().Observe(2, 1).Observe(1, 1).Observe(0, 5).Best!.Index);
        var maximise = Problems.Start("local", Problems.Int4Space, 7, Direction.Maximise);
        Assert.Equal(0, maximise.Issue(SearchAlgorithms.Suggest(maximise, 8)).Observe(2, 1).Observe(0, 5).Best!.Index);
    }

    [Fact]
    public void Json_gives_an_equal_state_back()
    {
        var state = Problems.Run(Problems.Start("local", Problems.Int4Space, 7), v => v[0] > 12 ? double.NaN : Problems.Int4(v), 3);
        state = state.Issue(SearchAlgorithms.Suggest(state, 8)).Observe(27, 1.0 / 3, 0.1).Forget(25);
        var json = SearchStateJson.Write(state);
        var back = SearchStateJson.Read(json);
        Assert.Equal(state, back);
        Assert.Equal(json, SearchStateJson.Write(back));
        Assert.Contains(state.Observations, o => o.Status == ObservationStatus.Failure);
    }

    [Fact]
    public void Json_keeps_infinite_bounds_and_the_next_suggestions()
    {
        var space = new SearchSpace { Parameters = [new("x", new LinearSpace(), 0), new("y", new LogSpace { Base = 2, Scale = 0.5 }, 3)] };
        var state = Problems.Run(Problems.Start("local", space, ulong.MaxValue), v => (v[0] * v[0]) + v[1], 2);
        var back = SearchStateJson.Read(SearchStateJson.Write(state));
        Assert.Equal(double.NegativeInfinity, back.Config.Space.Parameters[0].Space.Min);
        Assert.Equal(SearchAlgorithms.Suggest(state, 8), SearchAlgorithms.Suggest(back, 8));
    }

    [Theory]
    [InlineData("\"format\":1", "\"format\":2", "format 2")]
    [InlineData("\"format\":1", "\"extra\":1,\"format\":1", "no search state")]
    [InlineData("\"kind\":\"linear\"", "\"kind\":\"cubic\"", "no search state")]
    [InlineData("\"batch_size\":8", "\"batch_size\":0", "batch_size is 0")]
    [InlineData("\"index\":1", "\"index\":2", "expected the next index")]
    public void Json_that_breaks_a_rule_is_refused(string was, string becomes, string message)
    {
        var json = SearchStateJson.Write(OneRoundIssued());
        Assert.Contains(was, json, StringComparison.Ordinal);
        var error = Assert.Throws<SearchException>(() => SearchStateJson.Read(json.Replace(was, becomes, StringComparison.Ordinal)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void States_that_differ_in_one_number_are_not_equal()
    {
        var state = OneRoundIssued();
        Assert.NotEqual(state.Observe(0, 1), state.Observe(0, Math.BitIncrement(1.0)));
        Assert.NotEqual(state, state with { Config = state.Config with { Seed = 8 } });
        Assert.Equal(state.GetHashCode(), SearchStateJson.Read(SearchStateJson.Write(state)).GetHashCode());
    }
}
