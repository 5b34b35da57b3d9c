using Sweeps.Actors.Sweeps;
using Sweeps.Search;

namespace Sweeps.Actors.Searches;

/// <summary>A command to a search.</summary>
public abstract record SearchCommand;

/// <summary>Begin; the same again does nothing.</summary>
/// <param name="Config">space, seed and algorithm</param>
/// <param name="Rounds">rounds to run</param>
public sealed record BeginSearch(SearchConfig Config, int Rounds) : SearchCommand;

/// <summary>A pruning has ended, with or without a number.</summary>
/// <param name="Index">the suggestion's</param>
/// <param name="Outcome">what came of it</param>
public sealed record RecordOutcome(int Index, PruningOutcome Outcome) : SearchCommand;
