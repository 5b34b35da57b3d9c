namespace Sweeps.Search.Carbs;

/// <summary>
/// The points that no cheaper point beats, by rising cost (public CARBS, <c>get_pareto_groups</c> and
/// <c>get_pareto_groups_conservative</c>).
/// The cheap end is the best point below a quantile of the costs, so that one cheap and useless point does not anchor the set.
/// </summary>
internal static class ParetoSet
{
    // Means of equal costs differ in the last bits: without a tolerance they would make a front of a constant cost.
    private const double RelativeTolerance = 1e-9;

    /// <summary>The set by mean output: what to report, and what to repeat.</summary>
    /// <param name="groups">at least one, in the order of their first observation</param>
    /// <param name="costFraction">the quantile of the costs</param>
    public static List<PointGroup> Plain(IReadOnlyList<PointGroup> groups, double costFraction)
    {
        var (cheap, dear) = Split(groups, costFraction);
        List<PointGroup> front = [cheap.MaxBy(g => g.Mean)!];
        foreach (var group in dear)
            if (group.Mean > front[^1].Mean) front.Add(group);
        return front;
    }

    /// <summary>
    /// The set that models build on, wary of luck: at the cheap end repeated points, where there are any, come before single ones; further
    /// on a
    /// single observation has to beat the best one of the last point, not only its mean.
    /// </summary>
    /// <inheritdoc cref="Plain"/>
    public static List<PointGroup> Conservative(IReadOnlyList<PointGroup> groups, double costFraction)
    {
        var (cheap, dear) = Split(groups, costFraction);
        var repeated = cheap.FindAll(g => g.IsRepeated);
        List<PointGroup> front = [(repeated.Count > 0 ? repeated : cheap).MaxBy(g => g.Mean)!];
        foreach (var group in dear)
            if (group.Mean > (group.IsRepeated ? front[^1].Mean : front[^1].Best)) front.Add(group);
        return front;
    }

    private static (List<PointGroup> Cheap, IEnumerable<PointGroup> Dear) Split(IReadOnlyList<PointGroup> groups, double costFraction)
    {
        var quantile = Quantiles.Of([.. groups.SelectMany(g => g.Costs).Order()], costFraction);
        // Repeats of unequal cost can leave no mean below the quantile of the single costs.
        var threshold = Math.Max(quantile, groups.Min(g => g.Cost)) * (1 + RelativeTolerance);
        // Of equal cost the best first, or the lesser ones would precede it into the set.
        return ([.. groups.Where(g => g.Cost <= threshold)], groups.Where(g => g.Cost > threshold).OrderBy(g => g.Cost).ThenByDescending(
            g => g.Mean));
    }
}
