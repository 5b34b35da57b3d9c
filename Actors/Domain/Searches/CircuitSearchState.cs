using System.Collections.Immutable;
using Sweeps.Domain.Bisections;
using Sweeps.Search;

namespace Sweeps.Domain.Searches;

/// <summary>
/// A hyperparameter search in rounds: suggest a batch, wait for all of it, suggest the next. What to suggest is the Search project's
/// business.
/// </summary>
public sealed record CircuitSearchState
{
    /// <summary>The search that nothing has happened to.</summary>
    public static CircuitSearchState Initial { get; } = new();

    /// <summary>Suggestions and observations; null until begun.</summary>
    public SearchState? Search { get; init; }

    /// <summary>When it ends; null until begun.</summary>
    public StoppingRules? Rules { get; init; }

    /// <summary>Tasks whose searches moved its centre; empty for a cold start.</summary>
    public ValueList<string> WarmStart { get; init; }

    /// <summary>Has the hyperparameters that the space does not name; null where it names all.</summary>
    public PruningHyperparameters? Rest { get; init; }

    /// <summary>Rounds whose suggestions are all observed or forgotten.</summary>
    public int RoundsClosed { get; init; }

    /// <summary>What came of the suggestions so far, by index.</summary>
    public ImmutableSortedDictionary<int, PruningOutcome> Outcomes { get; init; } = ImmutableSortedDictionary<int, PruningOutcome>.Empty;

    /// <summary>Why suggestions were forgotten, by index.</summary>
    public ImmutableSortedDictionary<int, string> Forgotten { get; init; } = ImmutableSortedDictionary<int, string>.Empty;

    /// <summary>Which rule ended it; null while it goes on.</summary>
    public StopReason? Ended { get; init; }

    /// <summary>Whether it has ended.</summary>
    public bool IsDone => Ended is not null;

    /// <summary>The suggestions that are to be run, by index.</summary>
    public IEnumerable<Suggestion> Open => Search?.Outstanding ?? [];

    /// <summary>The index with the lowest objective so far, the earliest of equals; null while there is none.</summary>
    public int? Best => Search?.Best?.Index;

    /// <summary>The circuit of <see cref="Best"/>, or null.</summary>
    public CircuitResult? BestCircuit => Best is { } index ? Outcomes[index].Circuit : null;

    /// <summary>
    /// The circuit that a pruning of the open round has to beat: the best of the closed rounds. Never of the open one, since which of its
    /// prunings ended first would matter then. Null where none of them has reached the target.
    /// </summary>
    /// <param name="target">the loss that a circuit must reach, nats</param>
    /// <param name="size">what the objective counts</param>
    public CircuitToBeat? ToBeat(double target, CircuitSize size) =>
        Search?.Released.Where(observed => observed.Output is not null).MinBy(observed => observed.Output) is { } best
            && Outcomes[best.Index] is { Stopped: null } outcome
            && BisectionPlan.Best(target, outcome.Curve) is { } probe && BisectionPlan.Reaches(probe, target)
            ? new CircuitToBeat(size, probe.K, probe.Edges)
            : null;

    /// <summary>Whether the open round has an observation: its devices can bring a pruning to its end.</summary>
    public bool HasObservedInOpenRound => Outcomes.Count > 0 && Outcomes.Keys.Last() >= RoundsClosed * Search!.Config.BatchSize;

    /// <summary>The hyperparameters of a suggestion.</summary>
    public PruningHyperparameters Hyperparameters(int index) => At(Search!.Suggestions[index].Values);

    /// <summary>The hyperparameters at a point of its space.</summary>
    /// <param name="values">user units, in the space's order</param>
    public PruningHyperparameters At(IReadOnlyList<double> values) => PruningPoint.Hyperparameters(Search!.Config.Space, values, Rest);

    /// <summary>What a command leads to; no decision depends on the time.</summary>
    public static Decision<SearchEvent> Decide(CircuitSearchState state, SearchCommand command)
    {
        ArgumentNullException.ThrowIfNull(state);
        return command switch
        {
            BeginSearch c => state.Search is null ? Begin(c) : Decision.Nothing<SearchEvent>(),
            ExtendSearch c => state.Extend(c.Stopping),
            EndSearch c => state.End(c.Reason),
            RecordOutcome c => state.Resolve(c.Index, new ObservationRecorded(c.Index, c.Outcome, c.Cost)),
            ForgetSuggestion c => state.Resolve(c.Index, new SuggestionForgotten(c.Index, c.Reason)),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "expected a command of the search"),
        };
    }

    /// <summary>The state after an event.</summary>
    public static CircuitSearchState Apply(CircuitSearchState state, SearchEvent happened)
    {
        ArgumentNullException.ThrowIfNull(state);
        return happened switch
        {
            SearchStarted e =>
                state with { Search = SearchState.Create(e.Config), Rules = e.Stopping, WarmStart = e.WarmStart, Rest = e.Rest },
            SearchExtended e => state with { Rules = e.Stopping, Ended = null },
            SuggestionsMade e => state with { Search = state.Search!.Issue(e.Suggestions) },
            ObservationRecorded e => state with
            {
                Outcomes = state.Outcomes.Add(e.Index, e.Outcome),
                Search = e.Outcome.Objective is { } objective
                    ? state.Search!.Observe(e.Index, objective, e.Cost)
                    : state.Search!.Observe(e.Index, double.NaN, e.Cost, ObservationStatus.Failure),
            },
            SuggestionForgotten e =>
                state with { Forgotten = state.Forgotten.Add(e.Index, e.Reason), Search = state.Search!.Forget(e.Index) },
            RoundClosed e => state with { RoundsClosed = e.Round + 1 },
            SearchCompleted e => state with { Ended = e.Reason },
            _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "expected an event of the search"),
        };
    }

    private static Decision<SearchEvent> Begin(BeginSearch command)
    {
        var started = new SearchStarted(command.Config, command.Stopping, command.WarmStart, command.Rest);
        return Decision.Accept<SearchEvent>(started, Apply(Initial, started).Suggest(0));
    }

    private Decision<SearchEvent> Extend(StoppingRules stopping)
    {
        if (Search is null) return Decision.Refuse<SearchEvent>("the search is not begun yet");
        if (stopping.Rounds <= Rules!.Rounds) return Decision.Nothing<SearchEvent>();
        var extended = new SearchExtended(stopping);
        return IsDone ? Decision.Accept(extended, Apply(this, extended).Next(RoundsClosed)) : Decision.Accept<SearchEvent>(extended);
    }

    private Decision<SearchEvent> End(string reason)
    {
        if (Search is null) return Decision.Refuse<SearchEvent>("the search is not begun yet");
        if (IsDone) return Decision.Nothing<SearchEvent>();
        SearchEvent[] forgotten = [.. Open.Select(suggestion => new SuggestionForgotten(suggestion.Index, reason))];
        return Decision.Accept<SearchEvent>([.. forgotten, new RoundClosed(RoundsClosed), new SearchCompleted(Best, StopReason.Command)]);
    }

    private Decision<SearchEvent> Resolve(int index, SearchEvent resolved)
    {
        if (Outcomes.ContainsKey(index) || Forgotten.ContainsKey(index)) return Decision.Nothing<SearchEvent>();
        if (Search is null || index < 0 || index >= Search.Suggestions.Count)
            return Decision.Refuse<SearchEvent>($"suggestion {index} was not made: there are {Search?.Suggestions.Count ?? 0}");
        var after = Apply(this, resolved);
        if (after.Open.Any()) return Decision.Accept(resolved);
        return Decision.Accept(resolved, new RoundClosed(RoundsClosed), after.Next(RoundsClosed + 1));
    }

    /// <summary>What comes when all rounds before <paramref name="round"/> are closed: the end, or the next.</summary>
    private SearchEvent Next(int round) =>
        Stopping.Reason(Search!, Rules!) is { } reason ? new SearchCompleted(Best, reason) : Suggest(round);

    private SuggestionsMade Suggest(int round) => new(round, SearchAlgorithms.Suggest(Search!, Search!.Config.BatchSize));
}
