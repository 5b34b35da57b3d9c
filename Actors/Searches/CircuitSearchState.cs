using System.Collections.Immutable;
using Sweeps.Actors.Sweeps;
using Sweeps.ModelCore.Pruning;
using Sweeps.Search;

namespace Sweeps.Actors.Searches;

/// <summary>A hyperparameter search in rounds: suggest a batch, wait for all of it, suggest the next. What to suggest is the Search project's business.</summary>
public sealed record CircuitSearchState
{
    /// <summary>The search that nothing has happened to.</summary>
    public static CircuitSearchState Initial { get; } = new();

    /// <summary>Suggestions and observations; null until begun.</summary>
    public SearchState? Search { get; init; }

    /// <summary>Rounds to run.</summary>
    public int Rounds { get; init; }

    /// <summary>Rounds whose suggestions are all observed.</summary>
    public int RoundsClosed { get; init; }

    /// <summary>What came of the suggestions so far, by index.</summary>
    public ImmutableSortedDictionary<int, PruningOutcome> Outcomes { get; init; } = ImmutableSortedDictionary<int, PruningOutcome>.Empty;

    /// <summary>Whether all rounds are closed.</summary>
    public bool IsDone { get; init; }

    /// <summary>The suggestions that are to be run, by index.</summary>
    public IEnumerable<Suggestion> Open => Search?.Outstanding ?? [];

    /// <summary>The index with the lowest objective so far, the earliest of equals; null while there is none.</summary>
    public int? Best => Search?.Best?.Index;

    /// <summary>The hyperparameters of a suggestion.</summary>
    public PruningHyperparameters Hyperparameters(int index) => PruningPoint.Hyperparameters(Search!.Config.Space, Search.Suggestions[index].Values);

    /// <summary>What a command leads to; no decision depends on the time.</summary>
    public static Decision<SearchEvent> Decide(CircuitSearchState state, SearchCommand command)
    {
        ArgumentNullException.ThrowIfNull(state);
        return command switch
        {
            BeginSearch c => state.Search is null ? Begin(c) : Decision.Nothing<SearchEvent>(),
            RecordOutcome c => state.Record(c),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "expected a command of the search"),
        };
    }

    /// <summary>The state after an event.</summary>
    public static CircuitSearchState Apply(CircuitSearchState state, SearchEvent happened)
    {
        ArgumentNullException.ThrowIfNull(state);
        return happened switch
        {
            SearchStarted e => state with { Search = SearchState.Create(e.Config), Rounds = e.Rounds },
            SuggestionsMade e => state with { Search = state.Search!.Issue(e.Suggestions) },
            ObservationRecorded e => state with
            {
                Outcomes = state.Outcomes.Add(e.Index, e.Outcome),
                Search = e.Outcome.Objective is { } objective
                    ? state.Search!.Observe(e.Index, objective)
                    : state.Search!.Observe(e.Index, double.NaN, status: ObservationStatus.Failure),
            },
            RoundClosed e => state with { RoundsClosed = e.Round + 1 },
            SearchCompleted => state with { IsDone = true },
            _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "expected an event of the search"),
        };
    }

    private static Decision<SearchEvent> Begin(BeginSearch command)
    {
        var started = new SearchStarted(command.Config, command.Rounds);
        return Decision.Accept<SearchEvent>(started, Apply(Initial, started).Suggest(0));
    }

    private Decision<SearchEvent> Record(RecordOutcome command)
    {
        if (Outcomes.ContainsKey(command.Index)) return Decision.Nothing<SearchEvent>();
        if (Search is null || command.Index < 0 || command.Index >= Search.Suggestions.Count)
            return Decision.Refuse<SearchEvent>($"suggestion {command.Index} was not made: there are {Search?.Suggestions.Count ?? 0}");
        var observed = new ObservationRecorded(command.Index, command.Outcome);
        var after = Apply(this, observed);
        if (after.Open.Any()) return Decision.Accept<SearchEvent>(observed);
        var closed = new RoundClosed(RoundsClosed);
        var next = closed.Round + 1;
        return Decision.Accept<SearchEvent>(observed, closed, next < Rounds ? after.Suggest(next) : new SearchCompleted(after.Best));
    }

    private SuggestionsMade Suggest(int round) => new SuggestionsMade(round, SearchAlgorithms.Suggest(Search!, Search!.Config.BatchSize));
}
