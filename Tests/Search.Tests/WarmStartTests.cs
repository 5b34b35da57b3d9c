namespace Sweeps.Search.Tests;

public class WarmStartTests
{
    [Fact]
    public void The_centre_is_the_mean_of_the_best_points_of_each_search()
    {
        var states = new[] { Searched(1), Searched(2) };
        var expected = Enumerable.Range(0, 8).Select(d => Math.Pow(10, states.Average(state =>
            state.Observations.OrderBy(o => o.Output).Take(8).Average(o => state.Suggestions[o.Index].Basic[d]))));
        foreach (var (e, actual) in expected.Zip(WarmStart.Center(states.Select(BestPoints.Of), Problems.Sphere8Space)))
            Assert.Equal(e, actual, 1e-12 * e);
    }

    [Fact]
    public void A_point_counts_once_and_by_its_mean()
    {
        var state = Problems.Start("random", Problems.Int4Space, 1);
        state = state.Issue(SearchAlgorithms.Suggest(state, 8));
        for (var i = 0; i < 8; i++) state = state.Observe(i, i == 3 ? 0 : double.NaN);
        var lucky = state.Suggestions[3];
        state = state.Issue(new Suggestion(8, SuggestionKind.Resample, lucky.Basic, lucky.Values, 3)).Observe(8, 100);
        var center = WarmStart.Center([BestPoints.Of(state)], Problems.Int4Space);
        Assert.Equal(lucky.Values[0], center[0]);
        Assert.Equal(lucky.Values[1], center[1]);
        Assert.Equal(lucky.Values[2], center[2], 1e-12);
    }

    [Fact]
    public void Searches_without_a_success_move_nothing()
    {
        var failed = Problems.Run(Problems.Start("random", Problems.Sphere8Space, 1), _ => double.NaN, 2);
        Assert.Equal(Problems.Sphere8Space.Center, WarmStart.Center([BestPoints.Of(failed)], Problems.Sphere8Space));
        var config = SearchConfig.For("carbs", Problems.Sphere8Space, 1);
        Assert.Same(config, WarmStart.Apply(config, [BestPoints.Of(failed)]));
        Assert.Same(config, WarmStart.Apply(config, []));
    }

    [Fact]
    public void Other_parameters_or_another_order_are_refused()
    {
        var error = Assert.Throws<SearchException>(() => WarmStart.Center([BestPoints.Of(Searched(1))], Problems.Int4Space));
        Assert.Contains("expected layers, width, lr, momentum", error.Message, StringComparison.Ordinal);
        var reversed = new SearchSpace { Parameters = Problems.Sphere8Space.Parameters.Reverse().ToValueList() };
        Assert.Throws<SearchException>(() => WarmStart.Center([BestPoints.Of(Searched(1))], reversed));
    }

    [Fact]
    public void The_new_centre_is_first_and_every_second_point_is_drawn_around_the_old_one()
    {
        var (near, far) = (0.0, 0.0);
        var cold = SearchConfig.For("carbs", Problems.Sphere8Space, 1) with { Carbs = new CarbsOptions { CenterFirst = false } };
        var warm = WarmStart.Apply(cold, [BestPoints.Of(Searched(1))]);
        Assert.Equal(Problems.Sphere8Space.Center, warm.OriginalCenter);
        var (newCenter, oldCenter) = (warm.Space.ToBasic(warm.Space.Center), cold.Space.ToBasic(cold.Space.Center));
        double Distance(ValueList<double> a, ValueList<double> b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum();
        for (ulong seed = 1; seed <= 50; seed++)
        {
            var first = SearchAlgorithms.Suggest(SearchState.Create(warm with { Seed = seed }), 8);
            Assert.Equal(warm.Space.Center, first[0].Values);
            near += first.Where(s => s.Index % 2 == 0 && s.Index > 0).Average(s => Distance(s.Basic, newCenter));
            far += first.Where(s => s.Index % 2 == 1).Average(s => Distance(s.Basic, oldCenter));
        }
        // E |x|² = 8 · 0.3².
        Assert.Equal(0.72, near / 50, 0.06);
        Assert.Equal(0.72, far / 50, 0.06);
    }

    [Fact]
    public void A_warm_start_is_part_of_the_saved_state()
    {
        var config = WarmStart.Apply(
            SearchConfig.For("carbs", Problems.Sphere8Space,
            1) with
            { Carbs = new CarbsOptions { Profile = CarbsProfile.Improved, MaxSuggestionCost = 3 } }, [BestPoints.Of(
                Searched(1))]);
        var state = SearchState.Create(config);
        var back = SearchStateJson.Read(SearchStateJson.Write(state));
        Assert.Equal(state, back);
        Assert.Equal(config.OriginalCenter, back.Config.OriginalCenter);
    }

    [Fact]
    public void A_warm_start_from_a_like_task_is_ahead_at_once()
    {
        // Tasks whose optima differ by a tenth of a decade per dimension.
        double[] Gaps(bool warm) => [.. Enumerable.Range(1, 8).Select(seed =>
        {
            var random = new KeyedRandom((ulong)seed, "shift");
            double[] shift = [.. Enumerable.Range(0, 8).Select(_ => 0.1 * random.NextGaussian())];
            double Task(ValueList<double> v) => Problems.Sphere8(v.Select((x, d) => x * Math.Pow(10, shift[d])).ToValueList());
            var config = SearchConfig.For("carbs", Problems.Sphere8Space, (ulong)seed);
            return Problems.Run(
                SearchState.Create(warm ? WarmStart.Apply(config, [BestPoints.Of(Searched((ulong)seed, 8))]) : config), Task,
                2).Best!.Output!.Value;
        }).Order()];
        Assert.InRange(Gaps(true)[4], 0, Gaps(false)[4] / 3);
    }

    private static SearchState Searched(ulong seed, int rounds = 4) =>
        Problems.Run(Problems.Start(rounds > 4 ? "carbs" : "random", Problems.Sphere8Space, seed), Problems.Sphere8, rounds);
}
