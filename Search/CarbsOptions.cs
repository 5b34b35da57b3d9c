using System.Text.Json.Serialization;

namespace Sweeps.Search;

/// <summary>Which variant of the algorithm runs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CarbsProfile>))]
public enum CarbsProfile
{
    /// <summary>What the public CARBS does, less its defects.</summary>
    Parity,

    /// <summary>
    /// Three changes that together help on smooth problems and cost on very rugged ones: the radius shrinks while nothing better is found,
    /// failures
    /// enter the model of the output at a low value, and the ends of the output's transform depend on the number of observations.
    /// </summary>
    Improved,
}

/// <summary>
/// Settings of the algorithm <c>carbs</c>: Cost-Aware pareto-Region Bayesian Search (Fetterman et al. 2023, arXiv 2306.08055). Defaults are
/// the reference's.
/// </summary>
public sealed record CarbsOptions
{
    /// <summary>The variant; default parity.</summary>
    public CarbsProfile Profile { get; init; } = CarbsProfile.Parity;

    /// <summary>Successes before a model is used; until then points are drawn around the centre. At least 1, default 4.</summary>
    public int RandomSamples { get; init; } = 4;

    /// <summary>Whether the very first point is the centre itself; default yes. The reference never evaluates it.</summary>
    public bool CenterFirst { get; init; } = true;

    /// <summary>Surrogate units by which a point has to be expected to beat the front; finite, default 1.</summary>
    public double ExplorationBias { get; init; } = 1;

    /// <summary>Candidates per dimension from which each point is chosen; at least 1, default 100.</summary>
    public int CandidatesPerDimension { get; init; } = 100;

    /// <summary>A point of the front is repeated once per so many successes; at least 0, 0 never, default 5.</summary>
    public int ResampleFrequency { get; init; } = 5;

    /// <summary>The quantile of observed costs below which points compete for the cheap end of the front; 0 to 1, default 0.2.</summary>
    public double MinParetoCostFraction { get; init; } = 0.2;

    /// <summary>
    /// Candidates predicted to cost this or more are not suggested; above 0, default none. Points that no model chose are not held to it.
    /// </summary>
    public double? MaxSuggestionCost { get; init; }

    /// <summary>What is wrong with these values, one sentence each; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (!Enum.IsDefined(Profile)) yield return $"profile is {Profile}: expected parity or improved";
        if (RandomSamples < 1) yield return $"random_samples is {RandomSamples}: expected at least 1";
        if (!double.IsFinite(ExplorationBias)) yield return $"exploration_bias is {ExplorationBias}: expected a finite number";
        if (CandidatesPerDimension < 1) yield return $"candidates_per_dimension is {CandidatesPerDimension}: expected at least 1";
        if (ResampleFrequency < 0) yield return $"resample_frequency is {ResampleFrequency}: expected at least 0";
        if (!(MinParetoCostFraction is >= 0 and <= 1)) yield return $"min_pareto_cost_fraction is {MinParetoCostFraction}: expected 0 to 1";
        if (MaxSuggestionCost is { } cost && !(cost > 0 && double.IsFinite(cost)))
            yield return $"max_suggestion_cost is {cost}: expected a positive number";
    }
}
