using Sweeps.Actors.Sweeps;
using Sweeps.Search;

namespace Sweeps.Actors.Searches;

/// <summary>Something that happened to a search.</summary>
public abstract record SearchEvent;

/// <summary>The search exists; its configuration is fixed for its life.</summary>
public sealed record SearchStarted(SearchConfig Config, int Rounds) : SearchEvent;

/// <summary>The points of a round, journaled before any is run: an interrupted round is the same round afterwards.</summary>
public sealed record SuggestionsMade(int Round, IReadOnlyList<Suggestion> Suggestions) : SearchEvent;

/// <summary>What came of a suggestion; it enters once.</summary>
public sealed record ObservationRecorded(int Index, PruningOutcome Outcome) : SearchEvent;

/// <summary>Every suggestion of the round is observed.</summary>
public sealed record RoundClosed(int Round) : SearchEvent;

/// <summary>All rounds are closed.</summary>
/// <param name="Best">the index with the lowest objective, or null when every pruning failed</param>
public sealed record SearchCompleted(int? Best) : SearchEvent;
