namespace Sweeps.Search;

/// <summary>How much of the variation of the output a parameter accounts for, by the model of a search.</summary>
/// <param name="Parameter">its name</param>
/// <param name="FirstOrder">share of the variance that the parameter explains alone, 0 to 1</param>
/// <param name="Total">the same with its interactions, 0 to 1; the totals of all parameters sum to about 1 or more</param>
/// <param name="Dependence">
/// the output at the model's mean score along this parameter, all others averaged out; ascending values, most of the observed range; empty
/// when all are equal
/// </param>
public sealed record ParameterImportance(string Parameter, double FirstOrder, double Total, ValueList<DependencePoint> Dependence);

/// <summary>A point of a curve of partial dependence.</summary>
/// <param name="Value">of the parameter, user units</param>
/// <param name="Output">user units</param>
public readonly record struct DependencePoint(double Value, double Output);
