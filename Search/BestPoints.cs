namespace Sweeps.Search;

/// <summary>The best points of a finished search: what other searches that begin from it need to know.</summary>
/// <param name="Parameters">the names of its space, in order</param>
/// <param name="Points">
/// user units, in the order of the parameters; the best first, at most <see cref="Most"/>, empty without a success
/// </param>
public sealed record BestPoints(ValueList<string> Parameters, ValueList<ValueList<double>> Points)
{
    /// <summary>Points of each finished search that count.</summary>
    public const int Most = 8;

    /// <summary>The best points of a search, ranked by the mean output of their repeats.</summary>
    public static BestPoints Of(SearchState search)
    {
        ArgumentNullException.ThrowIfNull(search);
        return new BestPoints(
            search.Config.Space.Parameters.Select(p => p.Name).ToValueList(),
            Carbs.PointGroup.Of(search, search.Observations).OrderByDescending(g => g.Mean).Take(Most).Select(
                g => g.First.Values.ToValueList()).ToValueList());
    }
}
