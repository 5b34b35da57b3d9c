namespace Sweeps.Search;

/// <summary>The best observation after a round.</summary>
/// <param name="Round">from 0</param>
/// <param name="Index">the suggestion's; null while nothing has succeeded</param>
/// <param name="Output">its output; null while nothing has succeeded</param>
public sealed record RoundBest(int Round, int? Index, double? Output);
