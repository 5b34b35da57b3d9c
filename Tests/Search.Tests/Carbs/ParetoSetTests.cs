using Sweeps.Search.Carbs;

namespace Sweeps.Search.Tests.Carbs;

public class ParetoSetTests
{
    // Cost, then outputs, of the reference's own example.
    private static readonly List<PointGroup> _example = [Group(1, .2, .8), Group(2, .7), Group(3, .6, .7), Group(5, .9), Group(6, .85)];

    [Theory]
    [InlineData(0.0, new double[] { 1, 2, 5 }, new double[] { 1, 3, 5 })]
    [InlineData(0.2, new double[] { 1, 2, 5 }, new double[] { 1, 3, 5 })]
    [InlineData(0.5, new double[] { 2, 5 }, new double[] { 3, 5 })]
    [InlineData(1.0, new double[] { 5 }, new double[] { 3 })]
    public void Both_sets_are_those_of_the_reference(double fraction, double[] plain, double[] conservative)
    {
        Assert.Equal(plain, ParetoSet.Plain(_example, fraction).Select(g => g.Cost));
        Assert.Equal(conservative, ParetoSet.Conservative(_example, fraction).Select(g => g.Cost));
    }

    [Fact]
    public void Repeats_of_unequal_cost_do_not_empty_the_set()
    {
        // The 0.2 quantile of the costs is 5, below every mean: the reference throws.
        var first = new PointGroup(Point(0), [0, 1], [1, 1], [1, 10]);
        List<PointGroup> groups = [first, Group(6, 2), Group(6, 3), Group(6, 1)];
        Assert.Same(first, ParetoSet.Plain(groups, 0.2)[0]);
        Assert.Equal([5.5, 6], ParetoSet.Plain(groups, 0.2).Select(g => g.Cost));
    }

    [Fact]
    public void A_mean_of_equal_costs_is_no_new_cost()
    {
        // (0.1 + 0.1 + 0.1) / 3 is more than 0.1.
        Assert.True(Group(.1, 1, 1, 1).Cost > 0.1);
        List<PointGroup> groups = [Group(.1, 2), Group(.1, 3, 3, 3), Group(.1, 1)];
        Assert.Equal(3, Assert.Single(ParetoSet.Plain(groups, 0.2)).Mean);
    }

    [Fact]
    public void The_front_of_a_search_has_means_and_user_units()
    {
        var state = Problems.Start("random", Problems.Sphere8Space, 1);
        state = state.Issue(SearchAlgorithms.Suggest(state, 8));
        double[] costs = [1, 2, 3, 4, 5, 6, 7, 8], outputs = [5, 6, 4, 4.5, double.NaN, 3, 2, 7];
        for (var i = 0; i < 8; i++) state = state.Observe(i, outputs[i], costs[i]);
        Assert.Equal(
            [(0, 5.0, 1.0), (2, 4, 3), (5, 3, 6), (6, 2, 7)],
            SearchAnalysis.ParetoFront(state).Select(p => (p.Index, p.MeanOutput, p.MeanCost)));

        // A repeat joins its point.
        state = state.Issue(
            new Suggestion(8, SuggestionKind.Resample, state.Suggestions[6].Basic, state.Suggestions[6].Values, 6)).Observe(8, 4, 7);
        Assert.Equal([0, 2, 5], SearchAnalysis.ParetoFront(state).Select(p => p.Index));
        Assert.Equal([0, 2, 5, 6], SearchAnalysis.ParetoFront(state, rounds: 1).Select(p => p.Index));
        Assert.Empty(SearchAnalysis.ParetoFront(Problems.Start("random", Problems.Sphere8Space, 1)));
    }

    private static Suggestion Point(int index) => new(index, SuggestionKind.Random, [index], [index]);

    private static PointGroup Group(double cost, params double[] outputs) =>
        new(Point((int)cost), [.. Enumerable.Range(0, outputs.Length)], outputs, [.. Enumerable.Repeat(cost, outputs.Length)]);
}
