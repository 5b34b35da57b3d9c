namespace Sweeps.Search.Carbs;

/// <summary>
/// What a suggestion may depend on: the closed rounds with their outcomes, the open one without. Points are basic coordinates.
/// </summary>
internal sealed class CarbsHistory
{
    public CarbsHistory(SearchState state)
    {
        var released = state.Released.ToList();
        Successes = [.. released.Where(o => o.Output.HasValue)];
        SuccessPoints = [.. Successes.Select(o => state.Suggestions[o.Index].Basic)];
        Failures = [.. released.Where(o => !o.Output.HasValue).Select(o => state.Suggestions[o.Index].Basic)];
        // All of the open round, so that what has already come in of it makes no difference.
        Pending = [.. state.Suggestions.Skip(state.ClosedRounds * state.Config.BatchSize).Select(s => s.Basic)];
        Groups = PointGroup.Of(state, Successes);
    }

    /// <summary>Successful observations, by index.</summary>
    public List<Observation> Successes { get; }

    public List<ValueList<double>> SuccessPoints { get; }

    /// <summary>The points that failed, by index.</summary>
    public List<ValueList<double>> Failures { get; }

    /// <summary>The points of the open round, by index.</summary>
    public List<ValueList<double>> Pending { get; }

    /// <summary><see cref="Successes"/> by point.</summary>
    public List<PointGroup> Groups { get; }
}
