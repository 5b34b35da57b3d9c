namespace Sweeps.Search;

/// <summary>
/// A local search around the centre: an evolution strategy with a memory of all observed points.
/// <list type="bullet">
/// <item>Round 0: the centre, then Gaussian draws around it with the initial radius r₀.</item>
/// <item>Later, of every 8 suggestions: 6 around the weighted mean of the 4 best points with radius r; one repeats the best point, so that
/// a
/// lucky draw does not lead for ever; one explores around the centre with radius 2 r₀.</item>
/// <item>Radius: r begins at r₀. A closed round that improved on the best output multiplies it by 1.25, one that did not by 0.8;
/// it stays within [r₀ / 20, r₀].</item>
/// <item>Points are ranked by the mean output of their repeats. Failures are not ranked; while nothing has succeeded the search stays at
/// round 0's rule.</item>
/// </list>
/// </summary>
internal sealed class LocalSearch : SearchAlgorithm
{
    private const int Elites = 4;

    public override string Name => "local";

    public override int Version => 1;

    protected override Suggestion SuggestNext(SearchState state)
    {
        var (config, index) = (state.Config, state.Suggestions.Count);
        if (index == 0) return AtCenter(config.Space, index);

        var center = config.Space.ToBasic(config.Space.Center);
        var ranked = Rank(state);
        if (ranked.Count == 0) return Around(config, index, SuggestionKind.Random, center.Span, config.InitialRadius);
        return (index % 8) switch
        {
            6 => new Suggestion(index, SuggestionKind.Resample, ranked[0].Basic, ranked[0].Values, ranked[0].Index),
            7 => Around(config, index, SuggestionKind.Random, center.Span, 2 * config.InitialRadius),
            _ => Around(config, index, SuggestionKind.Model, Mean(ranked.Take(Elites)), Radius(state)),
        };
    }

    /// <summary>
    /// The released successful points, best mean output first, earliest of equals first; a repeat counts towards its original.
    /// </summary>
    private static List<Suggestion> Rank(SearchState state)
    {
        var sign = Sign(state.Config);
        return [.. state.Released.Where(o => o.Output.HasValue)
            .GroupBy(o => state.Suggestions[o.Index].ResampleOf ?? o.Index, o => sign * o.Output!.Value)
            .OrderBy(g => g.Average()).ThenBy(g => g.Key)
            .Select(g => state.Suggestions[g.Key])];
    }

    /// <summary>The mean of the points with weights falling linearly from the best, in basic space.</summary>
    private static double[] Mean(IEnumerable<Suggestion> bestFirst)
    {
        var points = bestFirst.ToList();
        var mean = new double[points[0].Basic.Count];
        var total = points.Count * (points.Count + 1) / 2.0;
        for (var i = 0; i < points.Count; i++)
            for (var d = 0; d < mean.Length; d++)
                mean[d] += (points.Count - i) / total * points[i].Basic[d];
        return mean;
    }

    private static double Radius(SearchState state)
    {
        var (config, sign) = (state.Config, Sign(state.Config));
        var (radius, best) = (config.InitialRadius, double.PositiveInfinity);
        foreach (var round in state.Released.GroupBy(o => o.Index / config.BatchSize))
        {
            var roundBest = round.Min(o => o.Output.HasValue ? sign * o.Output.Value : double.PositiveInfinity);
            // Round 0 has nothing to improve on.
            if (round.Key > 0) radius *= roundBest < best ? 1.25 : 0.8;
            radius = Math.Clamp(radius, config.InitialRadius / 20, config.InitialRadius);
            best = Math.Min(best, roundBest);
        }
        return radius;
    }

    private static double Sign(SearchConfig config) => config.Direction == Direction.Minimise ? 1 : -1;
}
