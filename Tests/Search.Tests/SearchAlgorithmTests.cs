using System.Globalization;

namespace Sweeps.Search.Tests;

public class SearchAlgorithmTests
{
    public static TheoryData<string> Algorithms => [.. SearchAlgorithms.Names];

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Every_suggestion_is_inside_the_bounds_integral_and_a_multiple(string algorithm)
    {
        Parallel.For(1, 6, seed =>
        {
            var state = Problems.Run(Problems.Start(algorithm, Problems.Bounded(Problems.Int4Space), (ulong)seed), Problems.Int4, 32);
            Assert.Equal(256, state.Suggestions.Count);
            foreach (var s in state.Suggestions)
            {
                Assert.True(double.IsInteger(s.Values[0]) && s.Values[0] is >= 0 and <= 20, $"layers {s.Values[0]}");
                Assert.True(s.Values[1] % 8 == 0 && s.Values[1] is >= 8 and <= 512, $"width {s.Values[1]}");
                Assert.True(s.Values[2] is > 1e-6 and < 1, $"lr {s.Values[2]}");
                Assert.True(s.Values[3] is > 1e-3 and < 0.999, $"momentum {s.Values[3]}");
                for (var d = 0; d < 4; d++)
                    Assert.Equal(s.Values[d], state.Config.Space.Parameters[d].Space.FromBasic(s.Basic[d]), Math.Abs(s.Values[d]) * 1e-13);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Cutting_the_log_after_any_event_gives_the_same_next_suggestions(string algorithm)
    {
        var whole = Problems.Run(
            Problems.Start(algorithm, Problems.Sphere8Space, 3), v => v[0] > 3e-4 ? double.NaN : Problems.Sphere8(v), 8);
        var state = SearchState.Create(whole.Config);
        for (var round = 0; round < 8; round++)
        {
            for (var i = round * 8; i < (round * 8) + 8; i++)
            {
                // Issued one at a time, with a save and a load between any two, as after a crash in the middle of a round.
                var rest = SearchAlgorithms.Suggest(SearchStateJson.Read(SearchStateJson.Write(state)), ((round + 1) * 8) - i);
                Assert.Equal(whole.Suggestions.Skip(i).Take(rest.Count), rest);
                state = state.Issue(rest[0]);
            }
            for (var i = round * 8; i < (round * 8) + 8; i++)
            {
                var o = whole.Observations[i];
                state = SearchStateJson.Read(SearchStateJson.Write(state)).Observe(i, o.Output ?? double.NaN, o.Cost, o.Status);
            }
        }
        Assert.Equal(whole, state);
    }

    [Fact]
    public void The_order_in_which_evaluations_end_changes_nothing()
    {
        var reference = Problems.Run(Problems.Start("local", Problems.Sphere8Space, 5), Problems.Sphere8, 10);
        for (ulong shuffle = 0; shuffle < 10; shuffle++)
        {
            var random = new KeyedRandom(shuffle, "arrival");
            var state = SearchState.Create(reference.Config);
            for (var round = 0; round < 10; round++)
            {
                var suggestions = SearchAlgorithms.Suggest(state, 8).ToArray();
                state = state.Issue(suggestions);
                random.Shuffle<Suggestion>(suggestions);
                foreach (var s in suggestions) state = state.Observe(s.Index, Problems.Sphere8(s.Values));
            }
            Assert.Equal(reference, state);
        }
    }

    [Fact]
    public void Searches_with_other_seeds_are_unrelated_and_do_not_influence_each_other()
    {
        var alone = Problems.Run(Problems.Start("local", Problems.Sphere8Space, 1), Problems.Sphere8, 4);
        var a = Problems.Start("local", Problems.Sphere8Space, 1);
        var b = Problems.Start("local", Problems.Sphere8Space, 2);
        for (var round = 0; round < 4; round++) (a, b) = (Problems.Run(a, Problems.Sphere8, 1), Problems.Run(b, Problems.Sphere8, 1));
        Assert.Equal(alone, a);
        Assert.DoesNotContain(b.Suggestions, s => s.Kind == SuggestionKind.Model && a.Suggestions[s.Index].Basic == s.Basic);
    }

    [Fact]
    public void Local_search_begins_at_the_centre_then_draws_around_it()
    {
        var radii = new List<double>();
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var first = SearchAlgorithms.Suggest(Problems.Start("local", Problems.Sphere8Space, seed), 8);
            Assert.Equal(SuggestionKind.Center, first[0].Kind);
            Assert.Equal(Problems.Sphere8Space.Center, first[0].Values);
            radii.AddRange(first.Skip(1).SelectMany(s => s.Basic.Zip(first[0].Basic, (x, c) => x - c)));
        }
        // 11,200 draws: the standard error of the deviation is 0.002.
        Assert.Equal(0.3, Math.Sqrt(radii.Average(r => r * r)), 0.01);
        Assert.Equal(0, radii.Average(), 0.015);
    }

    [Fact]
    public void Local_search_repeats_the_best_point_once_in_eight()
    {
        var state = Problems.Run(Problems.Start("local", Problems.Sphere8Space, 9), Problems.Sphere8, 6);
        var repeats = state.Suggestions.Where(s => s.Kind == SuggestionKind.Resample).ToList();
        Assert.Equal([14, 22, 30, 38, 46], repeats.Select(s => s.Index));
        foreach (var repeat in repeats)
        {
            var best = state.Observations.Take(repeat.Index / 8 * 8).MinBy(o => o.Output!.Value)!;
            Assert.Equal(best.Index, repeat.ResampleOf);
            Assert.Equal(state.Suggestions[best.Index].Values, repeat.Values);
        }
    }

    [Fact]
    public void A_lucky_draw_loses_its_lead_when_its_repeat_is_bad()
    {
        var state = Problems.Start("local", Problems.Sphere8Space, 4);
        state = state.Issue(SearchAlgorithms.Suggest(state, 8));
        for (var i = 0; i < 8; i++) state = state.Observe(i, i == 5 ? 0 : i == 2 ? 1 : 2);
        state = state.Issue(SearchAlgorithms.Suggest(state, 8));
        Assert.Equal(5, state.Suggestions[14].ResampleOf);
        for (var i = 8; i < 16; i++) state = state.Observe(i, i == 14 ? 10 : 2);
        Assert.Equal(2, SearchAlgorithms.Suggest(state, 8)[6].ResampleOf);
    }

    [Fact]
    public void A_hundred_failures_first_keep_the_search_around_the_centre()
    {
        var state = Problems.Run(Problems.Start("local", Problems.Sphere8Space, 2), _ => double.NaN, 13);
        Assert.All(state.Suggestions.Skip(1), s => Assert.Equal(SuggestionKind.Random, s.Kind));
        Assert.Equal(104, state.Suggestions.Select(s => s.Basic).Distinct().Count());
        Assert.Null(state.Best);
    }

    [Fact]
    public void Minimising_and_maximising_the_negative_are_the_same_search()
    {
        var down = Problems.Run(Problems.Start("local", Problems.Sphere8Space, 6), Problems.Sphere8, 12);
        var up = Problems.Run(Problems.Start("local", Problems.Sphere8Space, 6, Direction.Maximise), v => -Problems.Sphere8(v), 12);
        Assert.Equal(down.Suggestions, up.Suggestions);
    }

    [Fact]
    public void A_range_narrower_than_the_radius_can_be_searched()
    {
        var space = new SearchSpace { Parameters = [new("x", new LinearSpace { Min = 1, Max = 1 + 1e-9 }, 1 + 5e-10)] };
        var state = Problems.Run(Problems.Start("local", space, 1), v => v[0], 4);
        Assert.All(state.Suggestions, s => Assert.True(s.Values[0] > 1 && s.Values[0] < 1 + 1e-9));
    }

    [Fact]
    public void Uniform_search_needs_bounds()
    {
        var error = Assert.Throws<SearchException>(() => SearchAlgorithms.Suggest(Problems.Start("uniform", Problems.Int4Space, 1), 8));
        Assert.Contains("momentum ranges from 0 to 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_algorithm_and_another_version_are_refused()
    {
        Assert.Contains(
            "expected one of carbs, local, halton, random, uniform",
            Assert.Throws<SearchException>(() => SearchAlgorithms.Get("carbz")).Message, StringComparison.Ordinal);
        var old = SearchState.Create(SearchConfig.For("local", Problems.Sphere8Space, 1) with { AlgorithmVersion = 0 });
        Assert.Contains(
            "version 0", Assert.Throws<SearchException>(() => SearchAlgorithms.Suggest(old, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_suggestions_of_a_seed_never_change()
    {
        // The numbers come from an independent Python version of the generator and of the rule, for the first two rounds.
        // A change here changes every report: raise the algorithm's version.
        var state = Problems.Run(Problems.Start("local", Problems.Sphere8Space, 1), Problems.Sphere8, 2);
        Assert.Equal(
            "-4.033745512, -1.770285384, -0.693850507, -3.656941378, -2.301560243, -0.662158093",
            string.Join(
                ", ",
                state.Suggestions[1].Basic.Take(3).Concat(state.Suggestions[8].Basic.Take(3)).Select(
                    b => b.ToString("F9", CultureInfo.InvariantCulture))));
    }

    [Theory]
    [InlineData("random")]
    [InlineData("uniform")]
    public void Local_search_beats_chance_on_sphere8(string baseline)
    {
        double Regret(string algorithm, ulong seed) =>
            Problems.Run(Problems.Start(algorithm, Problems.Sphere8Space, seed), Problems.Sphere8, 32).Best!.Output!.Value;

        var local = Enumerable.Range(1, 10).Select(seed => Regret("local", (ulong)seed)).Order().ToList();
        var chance = Enumerable.Range(1, 10).Select(seed => Regret(baseline, (ulong)seed)).Order().ToList();
        Assert.True(
            (local[4] + local[5]) / 2 < (chance[4] + chance[5]) / 4,
            $"local {string.Join(" ", local)}, {baseline} {string.Join(" ", chance)}");
    }
}
