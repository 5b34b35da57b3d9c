using Sweeps.Domain.Bisections;
using Sweeps.Search;

namespace Sweeps.Domain.Searches;

/// <summary>Something that happened to a search.</summary>
public abstract record SearchEvent;

/// <summary>The search exists; its configuration, which holds the centre that a warm start moved, is fixed for its life.</summary>
/// <param name="Config">space, seed and algorithm</param>
/// <param name="Stopping">when it ends</param>
/// <param name="WarmStart">tasks of the finished searches that moved its centre; empty for a cold start</param>
/// <param name="Rest">has the hyperparameters that the space does not name; null where it names all</param>
internal sealed record SearchStarted(
    SearchConfig Config, StoppingRules Stopping, ValueList<string> WarmStart, PruningHyperparameters? Rest = null) : SearchEvent;

/// <summary>The search has more rounds than before; one that had ended goes on, unless a rule ends it at once.</summary>
internal sealed record SearchExtended(StoppingRules Stopping) : SearchEvent;

/// <summary>The points of a round, journaled before any is run: an interrupted round is the same round afterwards.</summary>
internal sealed record SuggestionsMade(int Round, IReadOnlyList<Suggestion> Suggestions) : SearchEvent;

/// <summary>What came of a suggestion; it enters once.</summary>
public sealed record ObservationRecorded(int Index, PruningOutcome Outcome, double Cost) : SearchEvent;

/// <summary>The suggestion was given up because of the world: it will never be observed.</summary>
public sealed record SuggestionForgotten(int Index, string Reason) : SearchEvent;

/// <summary>Every suggestion of the round is observed or forgotten.</summary>
internal sealed record RoundClosed(int Round) : SearchEvent;

/// <summary>The search has ended.</summary>
/// <param name="Best">the index with the lowest objective, or null when every pruning failed</param>
/// <param name="Reason">which rule ended it</param>
internal sealed record SearchCompleted(int? Best, StopReason Reason) : SearchEvent;
