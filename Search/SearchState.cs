using System.Text.Json.Serialization;

namespace Sweeps.Search;

/// <summary>
/// Everything a search knows, as a value: its configuration, what it suggested, what came of it. Folding the same issued suggestions,
/// observations and forgotten indices, in any order in which they can happen within a round, gives an equal state.
/// </summary>
public sealed record SearchState
{
    /// <summary>What the search is asked to do.</summary>
    public required SearchConfig Config { get; init; }

    /// <summary>Suggestions issued; each at its own index.</summary>
    public ValueList<Suggestion> Suggestions { get; init; }

    /// <summary>Observations, by suggestion index, whatever order they arrived in.</summary>
    public ValueList<Observation> Observations { get; init; }

    /// <summary>Indices, ascending, of suggestions that will never be observed, through no fault of the point.</summary>
    public ValueList<int> Forgotten { get; init; }

    /// <summary>A search that has suggested nothing yet.</summary>
    /// <exception cref="SearchException">the configuration is not valid; the message lists every problem</exception>
    public static SearchState Create(SearchConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var problems = config.Validate().ToList();
        if (problems.Count > 0) throw new SearchException("the search cannot begin: " + string.Join("; ", problems));
        return new SearchState { Config = config };
    }

    /// <summary>The suggestions issued and neither observed nor forgotten, by index.</summary>
    [JsonIgnore]
    public IEnumerable<Suggestion> Outstanding => Suggestions.Where(s => !IsResolved(s.Index));

    /// <summary>Rounds, counted from the first, of which every suggestion is issued and resolved.</summary>
    [JsonIgnore]
    public int ClosedRounds
    {
        get
        {
            // Both lists are sorted: walk them together to the first index that is in neither.
            var (firstOpen, observed, forgotten) = (0, 0, 0);
            for (; ; firstOpen++)
            {
                if (observed < Observations.Count && Observations[observed].Index == firstOpen) observed++;
                else if (forgotten < Forgotten.Count && Forgotten[forgotten] == firstOpen) forgotten++;
                else break;
            }
            return firstOpen / Config.BatchSize;
        }
    }

    /// <summary>
    /// The observations that a suggestion may depend on: those of the closed rounds. An observation of the open round waits, so that which
    /// evaluation ended first cannot matter.
    /// </summary>
    [JsonIgnore]
    public IEnumerable<Observation> Released
    {
        get
        {
            var end = ClosedRounds * Config.BatchSize;
            return Observations.TakeWhile(o => o.Index < end);
        }
    }

    /// <summary>The best successful observation of all, the earliest of equals; null when there is none.</summary>
    [JsonIgnore]
    public Observation? Best => Observations.Where(o => o.Output.HasValue)
        .MinBy(o => Config.Direction == Direction.Minimise ? o.Output!.Value : -o.Output!.Value);

    /// <summary>Records that <paramref name="suggestion"/> was issued.</summary>
    /// <exception cref="SearchException">its index is not the next one, or it does not fit the space</exception>
    public SearchState Issue(Suggestion suggestion)
    {
        ArgumentNullException.ThrowIfNull(suggestion);
        if (suggestion.Index < Suggestions.Count && suggestion.Index >= 0 && Suggestions[suggestion.Index] == suggestion) return this;
        if (suggestion.Index != Suggestions.Count)
            throw new SearchException($"suggestion {suggestion.Index} cannot be issued: expected the next index, {Suggestions.Count}");
        if (suggestion.Basic.Count != Config.Space.Dimensions || !Config.Space.Contains(suggestion.Values))
            throw new SearchException(
                $"suggestion {suggestion.Index} ({string.Join(", ", suggestion.Values)}) is not a point of the space");
        return this with { Suggestions = Suggestions.Add(suggestion) };
    }

    /// <summary>Records all of <paramref name="suggestions"/>, in order.</summary>
    public SearchState Issue(IEnumerable<Suggestion> suggestions) => suggestions.Aggregate(this, (state, s) => state.Issue(s));

    /// <summary>
    /// Records what came of a suggestion. An output that is not finite makes it a failure; a failure's output is dropped. The same
    /// observation twice is one.
    /// </summary>
    /// <param name="index">the suggestion's index</param>
    /// <param name="output">the number to optimise</param>
    /// <param name="cost">what it cost, finite and above 0; not wall time, or the result depends on the machine</param>
    /// <param name="status">how it ended</param>
    /// <exception cref="SearchException">
    /// the index was not issued or is forgotten, the cost is not acceptable, or another observation is recorded
    /// </exception>
    public SearchState Observe(int index, double output, double cost = 1, ObservationStatus status = ObservationStatus.Success)
    {
        RequireIssued(index);
        if (!(cost > 0 && double.IsFinite(cost)))
            throw new SearchException($"cost of suggestion {index} is {cost}: expected a finite number above 0");
        if (Forgotten.Contains(index)) throw new SearchException($"suggestion {index} is forgotten and cannot be observed");
        var success = status == ObservationStatus.Success && double.IsFinite(output);
        var observation = new Observation(
            index, success ? ObservationStatus.Success : ObservationStatus.Failure, success ? output : null, cost);

        var at = LowerBound(Observations.Span, o => o.Index, index);
        if (at == Observations.Count || Observations[at].Index != index)
            return this with { Observations = Observations.Insert(at, observation) };
        if (Observations[at] == observation) return this;
        throw new SearchException($"suggestion {index} is observed already, as {Observations[at]}: {observation} differs");
    }

    /// <summary>
    /// Gives a suggestion up, through no fault of the point: it counts as resolved, and nothing is learned. Twice is once.
    /// </summary>
    /// <exception cref="SearchException">the index was not issued or is observed</exception>
    public SearchState Forget(int index)
    {
        RequireIssued(index);
        if (Observations.Any(o => o.Index == index)) throw new SearchException($"suggestion {index} is observed and cannot be forgotten");
        var at = LowerBound(Forgotten.Span, i => i, index);
        if (at < Forgotten.Count && Forgotten[at] == index) return this;
        return this with { Forgotten = Forgotten.Insert(at, index) };
    }

    private bool IsResolved(int index)
    {
        var at = LowerBound(Observations.Span, o => o.Index, index);
        return (at < Observations.Count && Observations[at].Index == index) || Forgotten.Contains(index);
    }

    private void RequireIssued(int index)
    {
        if (index < 0 || index >= Suggestions.Count)
            throw new SearchException($"suggestion {index} was not issued: expected 0 to {Suggestions.Count - 1}");
    }

    private static int LowerBound<T>(ReadOnlySpan<T> sorted, Func<T, int> key, int value)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (key(sorted[middle]) < value) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
