namespace Sweeps.Search.Tests;

/// <summary>A test function over a space; smaller is better.</summary>
/// <param name="Space">where it is searched</param>
/// <param name="Truth">its value without noise; not finite where an evaluation fails</param>
internal sealed record Problem(SearchSpace Space, Func<ValueList<double>, double> Truth)
{
    /// <summary>What is observed at a point of a given truth.</summary>
    public Func<double, KeyedRandom, double> Noise { get; init; } = (truth, _) => truth;

    /// <summary>What an evaluation costs.</summary>
    public Func<ValueList<double>, double> Cost { get; init; } = _ => 1;

    /// <summary>The least value.</summary>
    public double Optimum { get; init; }

    /// <summary>How far a search is from the best that it could do: by default the best observation less the optimum.</summary>
    public Func<SearchState, Problem, double> Gap { get; init; } = (state, problem) => state.Best!.Output!.Value - problem.Optimum;

    /// <summary>Runs whole rounds of a search over it.</summary>
    public SearchState Run(SearchState state, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            var suggestions = SearchAlgorithms.Suggest(state, state.Config.BatchSize);
            state = state.Issue(suggestions);
            foreach (var s in suggestions) state = Observe(state, s);
        }
        return state;
    }

    /// <summary>Evaluates a suggestion; noise is keyed by the seed and the index, so that the order does not matter.</summary>
    public SearchState Observe(SearchState state, Suggestion suggestion)
    {
        var random = new KeyedRandom(
            state.Config.Seed, "noise", suggestion.Index.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return state.Observe(suggestion.Index, Noise(Truth(suggestion.Values), random), Cost(suggestion.Values));
    }
}
