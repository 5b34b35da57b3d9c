namespace Sweeps.Search.Tests;

public class CarbsBehaviourTests
{
    private static readonly Problem _sphere = AcceptanceProblems.Sphere8;

    private static SearchConfig Config(Problem problem, ulong seed = 1) => SearchConfig.For("carbs", problem.Space, seed);

    private static SearchState Run(Problem problem, int rounds, ulong seed = 1, Func<SearchConfig, SearchConfig>? change = null)
    {
        var config = Config(problem, seed);
        return problem.Run(SearchState.Create(change?.Invoke(config) ?? config), rounds);
    }

    [Fact]
    public void The_centre_is_first_unless_that_is_switched_off()
    {
        var first = SearchAlgorithms.Suggest(SearchState.Create(Config(_sphere)), 8);
        Assert.Equal((SuggestionKind.Center, _sphere.Space.Center), (first[0].Kind, first[0].Values));
        Assert.All(first.Skip(1), s => Assert.Equal(SuggestionKind.Random, s.Kind));
        var reference = SearchAlgorithms.Suggest(
            SearchState.Create(Config(_sphere) with { Carbs = new CarbsOptions { CenterFirst = false } }), 8);
        Assert.All(reference, s => Assert.Equal(SuggestionKind.Random, s.Kind));
        Assert.Equal(first.Skip(1), reference.Skip(1));
    }

    [Fact]
    public void The_suggestions_of_a_seed_never_change()
    {
        // A change here changes every report: raise the algorithm's version.
        var state = Run(AcceptanceProblems.PruneSim, 4);
        var points = new[] { 1, 15, 31 }.Select(
            i => string.Join(
                " ", state.Suggestions[i].Basic.Take(3).Select(b => b.ToString("F6", System.Globalization.CultureInfo.InvariantCulture))));
        Assert.Equal(["-4.033746 -1.770285 -0.693851", "-3.234345 -2.468206 -1.100449", "-3.095348 -2.065236 -1.276258"], points);
    }

    [Fact]
    public void A_hundred_failures_keep_it_around_the_centre()
    {
        var state = Run(_sphere with { Truth = _ => double.NaN }, 13);
        Assert.All(state.Suggestions.Skip(1), s => Assert.Equal(SuggestionKind.Random, s.Kind));
        Assert.Equal(104, state.Observations.Count(o => o.Status == ObservationStatus.Failure));
        Assert.Equal(104, state.Suggestions.Select(s => s.Basic).Distinct().Count());
    }

    [Fact]
    public void It_learns_to_keep_away_from_failures()
    {
        // Fails on the side of the centre where nothing is to be found.
        var state = Run(_sphere with { Truth = v => v[0] < 1e-4 ? double.NaN : _sphere.Truth(v) }, 12);
        Assert.InRange(state.Observations.Take(16).Count(o => !o.Output.HasValue), 3, 13);
        Assert.InRange(state.Observations.Skip(48).Count(o => !o.Output.HasValue), 0, 3);
    }

    [Fact]
    public void About_one_point_in_five_is_a_repeat_of_a_point_of_the_front()
    {
        var state = Run(AcceptanceProblems.Sphere8Cost, 20);
        var repeats = state.Suggestions.Where(s => s.Kind == SuggestionKind.Resample).ToList();
        Assert.InRange(repeats.Count, 28, 32);
        foreach (var repeat in repeats)
        {
            var original = state.Suggestions[repeat.ResampleOf!.Value];
            Assert.Equal((original.Basic, original.Values), (repeat.Basic, repeat.Values));
            var front = SearchAnalysis.ParetoFront(state, rounds: repeat.Index / 8);
            var counts = front.Select(p => p.Observed.Count
                + state.Suggestions.Skip(repeat.Index / 8 * 8).Take(repeat.Index % 8).Count(
                    s => s.Basic == state.Suggestions[p.Index].Basic)).ToList();
            // The first, so the cheapest, of those that were evaluated least, counting what is being evaluated.
            Assert.Equal(front[counts.IndexOf(counts.Min())].Index, repeat.ResampleOf);
        }
    }

    [Fact]
    public void Without_a_frequency_nothing_is_repeated() =>
        Assert.DoesNotContain(
            Run(_sphere, 6, change: c => c with { Carbs = new CarbsOptions { ResampleFrequency = 0 } }).Suggestions,
            s => s.Kind == SuggestionKind.Resample);

    [Fact]
    public void No_point_is_predicted_to_cost_more_than_is_allowed()
    {
        var state = Run(AcceptanceProblems.Sphere8Cost, 16, change: c => c with { Carbs = new CarbsOptions { MaxSuggestionCost = 100 } });
        var model = state.Suggestions.Where(s => s.Kind == SuggestionKind.Model).ToList();
        // The cost is known but for the model's error, which is small: steps are the cost.
        Assert.NotEmpty(model);
        Assert.True(model.Count(s => s.Values[7] > 120) <= model.Count / 20, string.Join(" ", model.Select(s => s.Values[7])));
        Assert.True(state.Suggestions.Max(s => s.Values[7]) > 50);
    }

    [Fact]
    public void When_everything_costs_too_much_points_are_drawn_around_the_best_and_labelled()
    {
        var state = Run(_sphere, 4, change: c => c with { Carbs = new CarbsOptions { MaxSuggestionCost = 0.5 } });
        var later = state.Suggestions.Skip(8).Where(s => s.Kind != SuggestionKind.Resample).ToList();
        Assert.All(later, s => Assert.Equal(SuggestionKind.Fallback, s.Kind));
        Assert.Equal(later.Count, later.Select(s => s.Basic).Distinct().Count());
    }

    [Fact]
    public void Values_too_large_for_the_model_are_drawn_and_labelled()
    {
        // Basic coordinates of 1e9: their products hide the noise.
        var space = new SearchSpace { Parameters = [new("x", new LinearSpace(), 1e9), new("y", new LinearSpace(), 1e9)] };
        var state = Problems.Run(Problems.Start("carbs", space, 1), v => v[0] - v[1], 4);
        Assert.Contains(state.Suggestions, s => s.Kind == SuggestionKind.Fallback);
    }

    public static TheoryData<string> Degenerate => ["one point, constant", "one point, noisy", "constant", "within 1e-9"];

    [Theory]
    [MemberData(nameof(Degenerate))]
    public void Observations_that_say_nothing_leave_distinct_points_within_reach(string kind)
    {
        var space = _sphere.Space;
        var center = space.ToBasic(space.Center);
        var random = new KeyedRandom(1, "degenerate");
        var state = SearchState.Create(Config(_sphere) with { Carbs = new CarbsOptions { ResampleFrequency = 0 } });
        for (var i = 0; i < 256; i++)
        {
            var spread = kind switch { "constant" => 0.3, "within 1e-9" => 1e-9, _ => 0 };
            var basic = center.Select(c => c + (spread * random.NextGaussian())).ToValueList();
            var values = basic.Select((b, d) => space.Parameters[d].Space.FromBasic(b)).ToValueList();
            state = state.Issue(new Suggestion(i, SuggestionKind.Random, basic, values));
            state = state.Observe(i, kind.EndsWith("constant", StringComparison.Ordinal) ? 1 : random.NextGaussian());
        }
        var suggestions = SearchAlgorithms.Suggest(state, 8);
        Assert.All(suggestions, s => Assert.Equal(SuggestionKind.Model, s.Kind));
        var origin = state.Suggestions[SearchAnalysis.ParetoFront(state)[0].Index].Basic;
        foreach (var s in suggestions)
        {
            if (kind != "constant") Assert.InRange(Distance(s.Basic, origin), 0.2, 1.2);
            Assert.All(
                suggestions.Where(o => o.Index < s.Index),
                o => Assert.True(Distance(s.Basic, o.Basic) >= 0.1, $"{o.Index} and {s.Index} nearly coincide"));
        }
    }

    [Fact]
    public void Points_of_a_round_keep_apart()
    {
        var state = Run(_sphere, 12);
        foreach (var round in state.Suggestions.Where(s => s.Kind == SuggestionKind.Model).GroupBy(s => s.Index / 8))
            foreach (var s in round)
                Assert.All(round.Where(o => o.Index < s.Index), o => Assert.True(Distance(s.Basic, o.Basic) > 0.05));
    }

    [Fact]
    public void Every_prefix_of_a_simulated_pruning_has_the_same_next_suggestion()
    {
        var whole = Run(AcceptanceProblems.PruneSim, 32);
        Parallel.For(0, 256, k =>
        {
            // All that was known when suggestion k was asked for, issued and observed in another order.
            var state = SearchState.Create(whole.Config).Issue(whole.Suggestions.Take(k));
            foreach (var o in whole.Observations.Take(k / 8 * 8).Reverse())
                state = state.Observe(o.Index, o.Output ?? double.NaN, o.Cost, o.Status);
            Assert.Equal(whole.Suggestions[k], SearchAlgorithms.Suggest(state, 1)[0]);
        });
    }

    [Fact]
    public void What_comes_in_during_a_round_waits_for_the_next()
    {
        var state = Run(_sphere, 4);
        var whole = SearchAlgorithms.Suggest(state, 8);
        for (var i = 0; i < 8; i++)
        {
            var next = SearchAlgorithms.Suggest(state, 1)[0];
            Assert.Equal(whole[i], next);
            state = state.Issue(next);
            state = i % 3 == 0 ? state.Forget(next.Index) : state.Observe(next.Index, i % 3 == 1 ? -100 : double.NaN);
        }
    }

    [Theory]
    [InlineData(1024, 0, Direction.Minimise)]
    [InlineData(1.0 / 1024, 0, Direction.Minimise)]
    [InlineData(3, 7, Direction.Minimise)]
    [InlineData(-1, 0, Direction.Maximise)]
    public void The_unit_of_the_output_does_not_matter(double factor, double offset, Direction direction)
    {
        var problem = _sphere with { Truth = v => (factor * _sphere.Truth(v)) + offset };
        Assert.Equal(Run(_sphere, 10).Suggestions, Run(problem, 10, change: c => c with { Direction = direction }).Suggestions);
    }

    [Fact]
    public void Costs_of_one_value_are_no_cost()
    {
        // 0.1 is no binary fraction: means of it differ from it.
        var problem = AcceptanceProblems.PruneSim;
        Assert.Equal(Run(problem, 8).Suggestions, Run(problem with { Cost = _ => 0.1 }, 8).Suggestions);
    }

    [Fact]
    public void The_improved_profile_is_nearer_on_a_smooth_problem_and_fails_less_at_a_boundary()
    {
        SearchState[] Of(Problem problem, CarbsProfile profile)
        {
            var states = new SearchState[6];
            Parallel.For(
                0, states.Length,
                i => states[i] = Run(problem, 20, (ulong)i + 1, c => c with { Carbs = new CarbsOptions { Profile = profile } }));
            return states;
        }
        double Gap(CarbsProfile profile) => Of(_sphere, profile).Select(s => s.Best!.Output!.Value).Order().ElementAt(3);
        double Failures(CarbsProfile profile) =>
            Of(AcceptanceProblems.HalfFail, profile).Average(s => s.Observations.Count(o => !o.Output.HasValue));
        Assert.InRange(Gap(CarbsProfile.Improved), 0, Gap(CarbsProfile.Parity) / 1.5);
        Assert.InRange(Failures(CarbsProfile.Improved), 0, Failures(CarbsProfile.Parity) / 1.5);
    }

    public static TheoryData<CarbsOptions, string> BadOptions => new()
    {
        { new CarbsOptions { RandomSamples = 0 }, "carbs.random_samples is 0" },
        { new CarbsOptions { ExplorationBias = double.NaN }, "carbs.exploration_bias is NaN" },
        { new CarbsOptions { CandidatesPerDimension = 0 }, "carbs.candidates_per_dimension is 0" },
        { new CarbsOptions { ResampleFrequency = -1 }, "carbs.resample_frequency is -1" },
        { new CarbsOptions { MinParetoCostFraction = 1.5 }, "carbs.min_pareto_cost_fraction is 1.5" },
        { new CarbsOptions { MaxSuggestionCost = 0 }, "carbs.max_suggestion_cost is 0" },
        { new CarbsOptions { Profile = (CarbsProfile)7 }, "carbs.profile is 7" },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Bad_options_are_named(CarbsOptions options, string problem) =>
        Assert.Contains(
            problem, Assert.Throws<SearchException>(() => SearchState.Create(Config(_sphere) with { Carbs = options })).Message,
            StringComparison.Ordinal);

    [Fact]
    public void The_best_so_far_is_kept_round_by_round()
    {
        var state = Run(_sphere with { Truth = v => v[0] > 2e-4 ? double.NaN : _sphere.Truth(v) }, 5);
        var rounds = SearchAnalysis.BestPerRound(state);
        Assert.Equal(Enumerable.Range(0, 5), rounds.Select(r => r.Round));
        foreach (var r in rounds)
            Assert.Equal(state.Observations.Where(o => o.Index < (r.Round + 1) * 8 && o.Output.HasValue).Min(o => o.Output), r.Output);
        Assert.Equal(state.Best!.Index, rounds[4].Index);
    }

    private static double Distance(ValueList<double> a, ValueList<double> b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
}
