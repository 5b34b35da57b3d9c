namespace Sweeps.ModelCore.Interpretability;

/// <summary>How two sequences of numbers go together.</summary>
internal static class Correlation
{
    /// <summary>
    /// Pearson's correlation: 1 where one is a rising line of the other. 0 where the prediction is the same everywhere, as it says nothing;
    /// null where the other sequence is, as there is nothing to say.
    /// </summary>
    /// <param name="prediction">one</param>
    /// <param name="actual">the other, of the same length</param>
    public static double? Pearson(ReadOnlySpan<double> prediction, ReadOnlySpan<double> actual)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(actual.Length, prediction.Length, nameof(actual));
        var (meanOfPrediction, meanOfActual) = (Mean(prediction), Mean(actual));
        double both = 0, first = 0, second = 0;
        for (var i = 0; i < prediction.Length; i++)
        {
            var (x, y) = (prediction[i] - meanOfPrediction, actual[i] - meanOfActual);
            both += x * y;
            first += x * x;
            second += y * y;
        }
        if (second == 0) return null;
        return first == 0 ? 0 : both / Math.Sqrt(first * second);
    }

    /// <summary>
    /// Matthews' correlation of two yes-or-no sequences, from how often the first says yes, the second does, and both do; 0 where one of
    /// them is the same everywhere.
    /// </summary>
    public static double Matthews(long rows, long first, long second, long both)
    {
        var spread = (double)first * (rows - first) * second * (rows - second);
        return spread == 0 ? 0 : (((double)both * rows) - ((double)first * second)) / Math.Sqrt(spread);
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values) sum += value;
        return values.Length == 0 ? 0 : sum / values.Length;
    }
}
