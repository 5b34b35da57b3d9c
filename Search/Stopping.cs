using System.Text.Json.Serialization;

namespace Sweeps.Search;

/// <summary>When a search ends. All rules look at closed rounds only, so that which evaluation ended first cannot matter.</summary>
/// <param name="Rounds">rounds at most, at least 1; paper 32 [G A.5]</param>
/// <param name="MaxCost">ends after the round that brings the cost of all observations to this; 0 for no limit</param>
/// <param name="StallRounds">
/// ends after so many rounds in a row that did not improve the Pareto front of cost and output; 0 to go on
/// </param>
public sealed record StoppingRules(int Rounds, double MaxCost = 0, int StallRounds = 0);

/// <summary>Why a search ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StopReason>))]
public enum StopReason
{
    /// <summary>All rounds are closed.</summary>
    Rounds,

    /// <summary>The cost of all observations has reached its limit.</summary>
    Cost,

    /// <summary>The Pareto front did not improve for too long.</summary>
    Stalled,

    /// <summary>Somebody ended it.</summary>
    Command,
}

/// <summary>Whether a search has ended, and whether something is wrong with it: functions of its state.</summary>
public static class Stopping
{
    /// <summary>Failures in a row, from the first observation, after which a search deserves a warning; it goes on all the same.</summary>
    public const int WorryingFailures = 32;

    /// <summary>Why the search ends now, or null when it goes on. Meant to be asked when a round has closed.</summary>
    public static StopReason? Reason(SearchState state, StoppingRules rules)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(rules);
        if (state.ClosedRounds >= rules.Rounds) return StopReason.Rounds;
        if (rules.MaxCost > 0 && state.Released.Sum(o => o.Cost) >= rules.MaxCost) return StopReason.Cost;
        if (rules.StallRounds > 0 && StalledRounds(state) >= rules.StallRounds) return StopReason.Stalled;
        return null;
    }

    /// <summary>
    /// Closed rounds since the last one that improved the Pareto front: that had a success which no observation of an earlier round equals
    /// or
    /// beats in both cost and output. 0 before the first success: what has found nothing has not stalled.
    /// </summary>
    public static int StalledRounds(SearchState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var sign = state.Config.Direction == Direction.Minimise ? 1 : -1;
        var known = new List<(double Cost, double Output)>();
        int? improved = null;
        foreach (var round in state.Released.Where(o => o.Output.HasValue).GroupBy(o => o.Index / state.Config.BatchSize))
        {
            var found = round.Select(o => (o.Cost, Output: sign * o.Output!.Value)).ToList();
            if (found.Exists(f => !known.Exists(k => k.Cost <= f.Cost && k.Output <= f.Output))) improved = round.Key;
            known.AddRange(found);
        }
        return improved is { } last ? state.ClosedRounds - 1 - last : 0;
    }

    /// <summary>
    /// Whether there are <see cref="WorryingFailures"/> observations or more, all of them failures: bounds or centre are probably wrong.
    /// </summary>
    public static bool OnlyFails(SearchState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Observations.Count >= WorryingFailures && state.Best is null;
    }
}
