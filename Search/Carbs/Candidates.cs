namespace Sweeps.Search.Carbs;

/// <summary>
/// The points among which one is chosen: Gaussian draws around the points of the Pareto set, inside the bounds, integers rounded.
/// </summary>
internal sealed class Candidates
{
    /// <param name="parameters">of the space</param>
    /// <param name="origins">basic coordinates of the points of the set; each is as likely as another</param>
    /// <param name="radius">standard deviation per dimension, basic units</param>
    /// <param name="count">how many to draw</param>
    /// <param name="random">what they are drawn from</param>
    public Candidates(
        ValueList<Parameter> parameters, IReadOnlyList<ValueList<double>> origins, double radius, int count, KeyedRandom random)
    {
        (Count, Dimensions) = (count, parameters.Count);
        (Basic, LogWeight) = (new double[count * Dimensions], new double[count]);
        Span<double> drawn = stackalloc double[Dimensions];
        for (var i = 0; i < count; i++)
        {
            var origin = random.Choose(origins).Span;
            // Dimension by dimension: the bounds are a box, so that rejecting whole points would only take longer.
            for (var d = 0; d < Dimensions; d++)
                (drawn[d], Basic[(i * Dimensions) + d], _) = SearchAlgorithm.Gaussian(parameters[d], random, origin[d], radius);
            LogWeight[i] = -NearestSquare(drawn, origins) / (2 * radius * radius);
        }
    }

    public int Count { get; }

    public int Dimensions { get; }

    /// <summary>Basic coordinates, (Count, D), row-major.</summary>
    public double[] Basic { get; }

    /// <summary>
    /// Logarithm of the density of the search's reach, up to a constant: −d² / 2r², d from the draw before rounding to the nearest origin.
    /// </summary>
    public double[] LogWeight { get; }

    private static double NearestSquare(ReadOnlySpan<double> point, IReadOnlyList<ValueList<double>> origins)
    {
        var nearest = double.PositiveInfinity;
        foreach (var origin in origins)
        {
            var sum = 0.0;
            var at = origin.Span;
            for (var d = 0; d < at.Length; d++) sum += (point[d] - at[d]) * (point[d] - at[d]);
            nearest = Math.Min(nearest, sum);
        }
        return nearest;
    }
}
