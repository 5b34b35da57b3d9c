namespace Sweeps.ModelCore.Interpretability;

/// <summary>Means with intervals by the bootstrap.</summary>
internal static class Bootstrap
{
    private const int Resamples = 2000;

    /// <summary>
    /// The mean and the 2.5 % and 97.5 % quantiles of the means of resamples (percentile bootstrap, Efron 1979).
    /// </summary>
    /// <param name="values">the values</param>
    /// <param name="random">draws the resamples</param>
    /// <returns>null where there are no values</returns>
    public static MeanWithInterval? Mean(IReadOnlyList<double> values, KeyedRandom random)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(random);
        if (values.Count == 0) return null;
        var means = new double[Resamples];
        for (var i = 0; i < Resamples; i++)
        {
            var sum = 0.0;
            for (var draw = 0; draw < values.Count; draw++) sum += values[random.Next(values.Count)];
            means[i] = sum / values.Count;
        }
        Array.Sort(means);
        return new MeanWithInterval(values.Average(), means[Resamples / 40], means[^(Resamples / 40)], values.Count);
    }
}
