namespace Sweeps.Search;

/// <summary>A point of the Pareto front of output and cost.</summary>
/// <param name="Index">the suggestion that evaluated it first</param>
/// <param name="Observed">indices of all its successful observations, ascending</param>
/// <param name="MeanOutput">over those</param>
/// <param name="MeanCost">over those</param>
public sealed record FrontPoint(int Index, ValueList<int> Observed, double MeanOutput, double MeanCost);
