namespace Sweeps.Search;

/// <summary>Baseline: every point is drawn from a Gaussian around the centre, whatever was observed.</summary>
internal sealed class RandomSearch : SearchAlgorithm
{
    public override string Name => "random";

    public override int Version => 1;

    protected override Suggestion SuggestNext(SearchState state)
    {
        var config = state.Config;
        return Around(
            config, state.Suggestions.Count, SuggestionKind.Random, config.Space.ToBasic(config.Space.Center).Span, config.InitialRadius);
    }
}

/// <summary>Baseline: every point is drawn uniformly in basic space between the bounds, which must be finite there.</summary>
internal sealed class UniformSearch : SearchAlgorithm
{
    public override string Name => "uniform";

    public override int Version => 1;

    public override string? Unsuited(SearchSpace space) =>
        space.Parameters.Select(Unbounded).FirstOrDefault(problem => problem is not null);

    protected override Suggestion SuggestNext(SearchState state)
    {
        var index = state.Suggestions.Count;
        var random = Chance(state.Config, index, "point");
        var points = state.Config.Space.Parameters.Select(p => Uniform(p, random)).ToList();
        return new Suggestion(
            index, SuggestionKind.Random, points.Select(p => p.Basic).ToValueList(), points.Select(p => p.Value).ToValueList());
    }
}
