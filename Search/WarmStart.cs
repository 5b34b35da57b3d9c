namespace Sweeps.Search;

/// <summary>Begins a search where finished searches of the same space, on other tasks, ended.</summary>
public static class WarmStart
{
    /// <summary>
    /// The mean in basic space (for a Log space the geometric mean) of the best points of each search. Every search has the same weight:
    /// outputs of
    /// different tasks do not compare.
    /// </summary>
    /// <param name="finished">
    /// of searches over a space with the same parameters in the same order; those without a success are skipped
    /// </param>
    /// <param name="space">the space of the new search</param>
    /// <returns>
    /// user units, inside the bounds: a parameter whose mean is outside keeps its own centre, as all do when nothing has succeeded
    /// </returns>
    /// <exception cref="SearchException">a search has other parameters</exception>
    public static ValueList<double> Center(IEnumerable<BestPoints> finished, SearchSpace space)
    {
        ArgumentNullException.ThrowIfNull(finished);
        ArgumentNullException.ThrowIfNull(space);
        var (sum, searches) = (new double[space.Dimensions], 0);
        foreach (var search in finished)
        {
            if (!search.Parameters.SequenceEqual(space.Parameters.Select(p => p.Name)))
            {
                throw new SearchException(
                    $"a warm start from parameters {string.Join(", ", search.Parameters)}: expected "
                        + $"{string.Join(", ", space.Parameters.Select(p => p.Name))}");
            }
            if (search.Points.Count == 0) continue;
            searches++;
            for (var d = 0; d < sum.Length; d++)
                // By way of user units: the scales of the two spaces may differ.
                sum[d] += search.Points.Average(point => space.Parameters[d].Space.ToBasic(point[d]));
        }
        if (searches == 0) return space.Center;
        return space.Parameters.Select((p, d) => Inside(p, p.Space.Snap(sum[d] / searches).Value)).ToValueList();
    }

    /// <summary>
    /// <paramref name="config"/> with its centre moved to <see cref="Center"/>, and the old one kept as
    /// <see cref="SearchConfig.OriginalCenter"/>, around which half of the first points are still drawn: should the tasks have little in
    /// common, the search notices at once.
    /// </summary>
    /// <inheritdoc cref="Center"/>
    public static SearchConfig Apply(SearchConfig config, IEnumerable<BestPoints> finished)
    {
        ArgumentNullException.ThrowIfNull(config);
        var center = Center(finished, config.Space);
        if (center == config.Space.Center) return config;
        return config with
        {
            OriginalCenter = config.Space.Center,
            Space = config.Space with
            {
                Parameters = config.Space.Parameters.Select((p, d) => p with { Center = center[d] }).ToValueList()
            },
        };
    }

    // A mean of points inside a narrower space's bounds lies inside, but the other search may have had wider ones.
    private static double Inside(Parameter parameter, double value) => parameter.Space.Contains(value) ? value : parameter.Center;
}
