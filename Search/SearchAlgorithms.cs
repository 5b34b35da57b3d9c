using Sweeps.Search.Carbs;

namespace Sweeps.Search;

/// <summary>The algorithms by name.</summary>
public static class SearchAlgorithms
{
    private static readonly ISearchAlgorithm[] _all = [new CarbsSearch(), new LocalSearch(), new HaltonSearch(), new RandomSearch(),
        new UniformSearch()];

    /// <summary>The names, for messages and documentation.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. _all.Select(a => a.Name)];

    /// <summary>The algorithm called <paramref name="name"/>.</summary>
    /// <exception cref="SearchException">there is none; the message lists those there are</exception>
    public static ISearchAlgorithm Get(string name) => Array.Find(_all, a => a.Name == name)
        ?? throw new SearchException($"there is no search algorithm '{name}': expected one of {string.Join(", ", Names)}");

    /// <summary>
    /// The next suggestions of <paramref name="state"/> by the algorithm it was begun with; see <see cref="ISearchAlgorithm.Suggest"/>.
    /// </summary>
    public static IReadOnlyList<Suggestion> Suggest(SearchState state, int count)
    {
        ArgumentNullException.ThrowIfNull(state);
        return Get(state.Config.Algorithm).Suggest(state, count);
    }
}
