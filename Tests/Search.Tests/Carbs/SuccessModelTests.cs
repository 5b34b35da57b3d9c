using Sweeps.Search.Carbs;

namespace Sweeps.Search.Tests.Carbs;

public class SuccessModelTests
{
    [Fact]
    public void Success_is_near_certain_among_successes_and_unknown_far_away()
    {
        // Six successes around the origin, six failures around a point one unit away.
        var space = new SearchSpace { Parameters = [new("x", new LinearSpace(), 0), new("y", new LinearSpace(), 0)] };
        var state = Problems.Start("carbs", space, 1);
        var random = new KeyedRandom(1, "clusters");
        for (var i = 0; i < 16; i++)
        {
            ValueList<double> point = [(i % 2 == 0 ? 0 : 1) + (0.1 * random.NextGaussian()), 0.1 * random.NextGaussian()];
            state = state.Issue(new Suggestion(i, SuggestionKind.Random, point, point));
            state = i < 12 ? state.Observe(i, i % 2 == 0 ? i : double.NaN) : state.Forget(i);
        }
        var history = new CarbsHistory(state);
        var acquisition = new Acquisition(
            state.Config, history, ParetoSet.Conservative(history.Groups, 0.2), stream => new KeyedRandom(1, stream));
        var logProbability = new double[3];
        acquisition.LogProbabilitiesOfSuccess([0, 0, 1, 0, 0, 4], logProbability);
        double[] probability = [.. logProbability.Select(Math.Exp)];
        Assert.InRange(probability[0], 0.99, 1);
        Assert.InRange(probability[1], 0, 0.01);
        Assert.InRange(probability[2], 0.3, 0.7);
    }
}
