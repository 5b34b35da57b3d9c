using Sweeps.Search.Carbs;

namespace Sweeps.Search;

/// <summary>
/// Baseline: quasi-random search (Bergstra and Bengio 2012). The same Gaussian around the centre as random search, cut off at the bounds,
/// but covered by
/// a scrambled Halton sequence, so that no two points say nearly the same.
/// </summary>
internal sealed class HaltonSearch : SearchAlgorithm
{
    public override string Name => "halton";

    public override int Version => 1;

    protected override Suggestion SuggestNext(SearchState state)
    {
        var (config, index) = (state.Config, state.Suggestions.Count);
        var (parameters, sequence) = (config.Space.Parameters, new Halton(config.Space.Dimensions, config.Seed));
        var (basic, values) = (new double[parameters.Count], new double[parameters.Count]);
        for (var d = 0; d < basic.Length; d++)
        {
            var space = parameters[d].Space;
            var center = space.ToBasic(parameters[d].Center);
            var low = NormalDistribution.Cdf((space.ToBasic(space.Min) - center) / config.InitialRadius);
            var high = NormalDistribution.Cdf((space.ToBasic(space.Max) - center) / config.InitialRadius);
            var drawn = center + (config.InitialRadius * NormalDistribution.InverseCdf(low + (sequence[index, d] * (high - low))));
            (basic[d], values[d]) = space.Snap(drawn);
            // Rounding may land on a bound.
            if (!space.Contains(values[d])) (basic[d], values[d]) = (center, parameters[d].Center);
        }
        return new Suggestion(index, SuggestionKind.Random, ValueList.Create<double>(basic), ValueList.Create<double>(values));
    }
}
