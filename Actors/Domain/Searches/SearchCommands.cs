using Sweeps.Domain.Bisections;
using Sweeps.Search;

namespace Sweeps.Domain.Searches;

/// <summary>A command to a search.</summary>
public abstract record SearchCommand;

/// <summary>Begin; the same again does nothing.</summary>
/// <param name="Config">space, seed and algorithm</param>
/// <param name="Stopping">when it ends</param>
/// <param name="WarmStart">tasks of the finished searches that moved its centre; empty for a cold start</param>
/// <param name="Rest">has the hyperparameters that the space does not name; null where it names all</param>
public sealed record BeginSearch(
    SearchConfig Config, StoppingRules Stopping, ValueList<string> WarmStart = default,
    PruningHyperparameters? Rest = null) : SearchCommand;

/// <summary>Go on for more rounds; as many or fewer do nothing.</summary>
/// <param name="Stopping">when it ends now</param>
public sealed record ExtendSearch(StoppingRules Stopping) : SearchCommand;

/// <summary>End now, with the best circuit so far; what is open is forgotten.</summary>
/// <param name="Reason">one sentence</param>
public sealed record EndSearch(string Reason) : SearchCommand;

/// <summary>A pruning has ended, with or without a number.</summary>
/// <param name="Index">the suggestion's</param>
/// <param name="Outcome">what came of it</param>
/// <param name="Cost">what it cost, see <see cref="PruningCost"/></param>
public sealed record RecordOutcome(int Index, PruningOutcome Outcome, double Cost) : SearchCommand;

/// <summary>A pruning was given up because of the world; nothing is learned about its point.</summary>
/// <param name="Index">the suggestion's</param>
/// <param name="Reason">one sentence</param>
public sealed record ForgetSuggestion(int Index, string Reason) : SearchCommand;
