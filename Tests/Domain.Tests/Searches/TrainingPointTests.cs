using Sweeps.Search;

namespace Sweeps.Domain.Tests.Searches;

/// <summary>What of a training can be searched, and how.</summary>
public class TrainingPointTests
{
    private static readonly TrainingOptions _training = new() { L0AnnealInitial = 0.5 };

    private static SearchSpace All => TrainingPoint.Space(
        new TrainingSearchOptions { Space = TrainingPoint.Names.ToDictionary(name => name, _ => new ParameterOptions()) }, _training);

    [Fact]
    public void Each_name_is_that_of_an_option_of_the_training_which_it_sets_and_no_other()
    {
        Assert.Equal(TrainingPoint.Names, All.Parameters.Select(parameter => parameter.Name));
        foreach (var (d, parameter) in All.Parameters.Index())
        {
            var values = All.Center.ToArray();
            values[d] = parameter.Center / 2;
            var changed = typeof(TrainingOptions).GetProperties()
                .Where(p => !Equals(p.GetValue(_training), p.GetValue(TrainingPoint.Training(All, values, _training)))).ToList();
            var property = Assert.Single(changed);
            Assert.Equal(parameter.Name.Replace("_", "", StringComparison.Ordinal), property.Name, ignoreCase: true);
            Assert.Equal(parameter.Center / 2, property.GetValue(TrainingPoint.Training(All, values, _training)));
        }
    }

    [Fact]
    public void A_search_begins_at_the_training_and_reaches_nothing_that_a_training_may_not_be()
    {
        Assert.Empty(new SearchConfigOf(All).Problems);
        Assert.Equal(_training, TrainingPoint.Training(All, All.Center, _training));
        var state = SearchState.Create(SearchConfig.For("random", All, seed: 3) with { InitialRadius = 5, BatchSize = 200 });
        Assert.All(
            SearchAlgorithms.Suggest(state, 200),
            suggestion => Assert.Empty(TrainingPoint.Training(All, suggestion.Values, _training).Validate()));
    }

    [Fact]
    public void The_learning_rate_alone_is_searched_unless_others_are_named_and_it_may_be_frozen()
    {
        Assert.Equal(["peak_lr"], NamesOf([]));
        Assert.Equal(["peak_lr", "weight_decay"], NamesOf(new() { ["weight_decay"] = new() }));
        Assert.Equal(
            ["epsilon"],
            NamesOf(new() { ["epsilon"] = new(), ["peak_lr"] = new() { Frozen = true }, ["beta1"] = new() { Frozen = true } }));

        static IEnumerable<string> NamesOf(Dictionary<string, ParameterOptions> space) =>
            TrainingPoint.Space(new TrainingSearchOptions { Space = space }, _training).Parameters.Select(parameter => parameter.Name);
    }

    [Fact]
    public void Bounds_scale_and_reach_are_those_that_are_written()
    {
        var options = new ParameterOptions { Min = 0.1, Max = 0.9, Scale = ParameterScale.Linear, Reach = 0.2 };
        var space = TrainingPoint.Space(new TrainingSearchOptions { Space = Named("beta2", options) }, _training);
        Assert.Equal(new Parameter("beta2", new LinearSpace { Min = 0.1, Max = 0.9, Scale = 0.2 }, 0.95), space.Parameters[1]);
    }

    private static Dictionary<string, ParameterOptions> Named(string name, ParameterOptions options) => new() { [name] = options };

    private sealed record SearchConfigOf(SearchSpace Space)
    {
        public IEnumerable<string> Problems => SearchConfig.For("carbs", Space, seed: 1).Validate();
    }
}
