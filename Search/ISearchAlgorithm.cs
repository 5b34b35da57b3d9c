namespace Sweeps.Search;

/// <summary>A way to choose the next points. Holds no state: everything it knows is in the <see cref="SearchState"/>.</summary>
public interface ISearchAlgorithm
{
    /// <summary>The name it is registered under.</summary>
    string Name { get; }

    /// <summary>Changes when the same state would give other suggestions.</summary>
    int Version { get; }

    /// <summary>Why it cannot search <paramref name="space"/>, one sentence; null when it can.</summary>
    string? Unsuited(SearchSpace space) => null;

    /// <summary>
    /// The next <paramref name="count"/> suggestions, to be issued in order: a pure function of the state. Chance is keyed by seed, index
    /// and
    /// purpose, so that asking for 8 gives the same as asking for 3 and, once those are issued, for 5.
    /// </summary>
    /// <param name="state">the search so far</param>
    /// <param name="count">at least 1, at most what is left of the open round</param>
    /// <exception cref="SearchException">
    /// the count reaches past the open round, an earlier round is not resolved, or the state belongs to another algorithm or version
    /// </exception>
    IReadOnlyList<Suggestion> Suggest(SearchState state, int count);
}
