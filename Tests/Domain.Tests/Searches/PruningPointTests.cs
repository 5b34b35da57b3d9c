using Sweeps.Search;

namespace Sweeps.Domain.Tests.Searches;

/// <summary>The space of a search is the usual one where the sweep does not say otherwise.</summary>
public class PruningPointTests
{
    private static readonly SearchOptions _options = new()
    {
        Center = new() { Lr = 0.04, WeightDecay = 0.002 },
        Space = new Dictionary<string, ParameterOptions>
        {
            ["lr"] = new() { Min = 0.01, Max = 0.1, Scale = ParameterScale.Linear, Reach = 0.02 },
            ["weight_decay"] = new() { Frozen = true },
        },
    };

    [Fact]
    public void Without_options_it_is_the_papers() => Assert.Equal(PaperSpaces.Pruning, PruningPoint.Space(new SearchOptions()));

    [Fact]
    public void What_is_frozen_is_not_searched_and_has_the_centres_value_in_every_pruning()
    {
        var space = PruningPoint.Space(_options);
        Assert.DoesNotContain("weight_decay", space.Parameters.Select(p => p.Name));
        Assert.Equal(PaperSpaces.Pruning.Dimensions - 1, space.Dimensions);
        var plan = new SearchPlan(new SearchId(new ModelId("m"), "t"), null!, _options, 1, []);
        var state = Given.State(
            CircuitSearchState.Initial, CircuitSearchState.Apply,
            Given.Accepts(CircuitSearchState.Decide(CircuitSearchState.Initial, plan.Begin())));
        var points = state.Search!.Suggestions.Select(s => state.Hyperparameters(s.Index)).ToList();
        Assert.Equal(_options.BatchSize, points.Count);
        Assert.All(points, point => Assert.Equal(0.002, point.WeightDecay));
        Assert.All(points, point => Assert.InRange(point.Lr, 0.01, 0.1));
        Assert.True(points.Select(point => point.Lr).Distinct().Count() > 1);
    }

    [Fact]
    public void Bounds_and_scale_are_those_that_are_said()
    {
        var lr = PruningPoint.Space(_options).Parameters.Single(p => p.Name == "lr");
        Assert.Equal(new Parameter("lr", new LinearSpace { Min = 0.01, Max = 0.1, Scale = 0.02 }, 0.04), lr);
    }

    [Fact]
    public void Something_must_be_left_to_search()
    {
        var all = PaperSpaces.Pruning.Parameters.ToDictionary(p => p.Name, _ => new ParameterOptions { Frozen = true });
        Assert.Contains(
            "at least one that is searched", Assert.Single(new SearchOptions { Space = all }.Validate()), StringComparison.Ordinal);
    }
}
