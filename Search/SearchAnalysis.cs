using Sweeps.Search.Carbs;

namespace Sweeps.Search;

/// <summary>What a search has found out, whichever algorithm ran it: pure functions of its state.</summary>
public static class SearchAnalysis
{
    /// <summary>
    /// The points that no cheaper point beats in mean output, by rising cost. The first is the best among the cheapest
    /// <see cref="CarbsOptions.MinParetoCostFraction"/> of the observations, so that with a constant cost the front is the one best point.
    /// </summary>
    /// <param name="state">the search</param>
    /// <param name="rounds">only observations of so many first rounds count; null for all</param>
    /// <returns>empty while nothing has succeeded</returns>
    public static ValueList<FrontPoint> ParetoFront(SearchState state, int? rounds = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        var end = rounds * state.Config.BatchSize;
        var groups = PointGroup.Of(state, state.Observations.Where(o => end is null || o.Index < end));
        if (groups.Count == 0) return [];
        var sign = state.Config.Direction == Direction.Maximise ? 1 : -1;
        return ParetoSet.Plain(groups, state.Config.Carbs.MinParetoCostFraction)
            .Select(g => new FrontPoint(g.First.Index, g.Indices.ToValueList(), sign * g.Mean, g.Cost)).ToValueList();
    }

    /// <summary>The best single observation after each round, for every round that was begun; the earliest of equals.</summary>
    public static ValueList<RoundBest> BestPerRound(SearchState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (config, next) = (state.Config, 0);
        Observation? best = null;
        var rounds = new RoundBest[(state.Suggestions.Count + config.BatchSize - 1) / config.BatchSize];
        for (var round = 0; round < rounds.Length; round++)
        {
            for (; next < state.Observations.Count && state.Observations[next].Index < (round + 1) * config.BatchSize; next++)
            {
                var observation = state.Observations[next];
                if (observation.Output.HasValue && (best is null || PointGroup.Oriented(config, observation) > PointGroup.Oriented(
                    config, best))) best = observation;
            }
            rounds[round] = new RoundBest(round, best?.Index, best?.Output);
        }
        return ValueList.Create<RoundBest>(rounds);
    }

    /// <summary>
    /// Which parameters mattered: first-order and total shares of the variance (Sobol' 1993; Saltelli et al. 2010) of a Gaussian process
    /// through the successful
    /// observations of the closed rounds, over the region where the search has been: each parameter independently with the distribution it
    /// was observed with.
    /// A parameter that varied little there has little to show. The process has lengths fitted for each parameter, since those that CARBS
    /// searches with know
    /// nothing of the parameters' differences; shares are of normal scores of the outputs, so that a few very bad points do not stand for
    /// everything.
    /// </summary>
    /// <returns>
    /// one per parameter, in the space's order, the same for equal states; empty with fewer than four distinct points per parameter, and
    /// when the process
    /// cannot be fitted or predicts observations that are left out no better than their mean does: shares would be those of noise
    /// </returns>
    public static ValueList<ParameterImportance> Importance(SearchState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return ImportanceAnalysis.Of(state);
    }
}
