using Sweeps.Domain.Searches;

namespace Sweeps.Domain.Audit;

/// <summary>What an event of a search must find; the search's own state refuses unknown, repeated and forgotten suggestions.</summary>
internal static class SearchRules
{
    /// <summary>Why <paramref name="happened"/> cannot follow <paramref name="state"/>, or null.</summary>
    public static string? Problem(CircuitSearchState state, SearchEvent happened) => happened switch
    {
        SearchStarted => state.Search is null ? null : "the search begins a second time",
        _ when state.Search is null => "it comes before the search began",
        SearchExtended e =>
            e.Stopping.Rounds > state.Rules!.Rounds ? null : $"it gets {e.Stopping.Rounds} rounds, and has {state.Rules.Rounds}",
        _ when state.IsDone => "it comes after the search ended",
        SuggestionsMade e when e.Round != state.RoundsClosed =>
            $"round {e.Round} is suggested while {state.RoundsClosed} rounds are closed",
        SuggestionsMade when state.Open.Any() => "a round is suggested before the one before it is resolved",
        ObservationRecorded e when state.Outcomes.ContainsKey(e.Index) => $"suggestion {e.Index} is observed a second time",
        SuggestionForgotten e when state.Forgotten.ContainsKey(e.Index) => $"suggestion {e.Index} is forgotten a second time",
        RoundClosed e when e.Round != state.RoundsClosed => $"round {e.Round} is closed while {state.RoundsClosed} rounds are closed",
        RoundClosed when state.Open.Any() => "the round is closed while suggestions of it are open",
        SearchCompleted e when e.Best != state.Best => $"its best pruning is {e.Best}, and by its observations {state.Best}",
        _ => null,
    };
}
