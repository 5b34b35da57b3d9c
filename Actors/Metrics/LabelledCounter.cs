using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Sweeps.Actors.Metrics;

/// <summary>A counter whose labels are those that its description names.</summary>
internal sealed class LabelledCounter(Meter meter, InstrumentInfo info)
{
    private readonly Counter<double> _counter = meter.CreateCounter<double>(info.Name, info.Unit, info.Description);

    /// <summary>Adds to the series of these labels; nothing while nobody listens.</summary>
    /// <param name="amount">0 makes the series known, so that its first event is an increase</param>
    /// <param name="labels">in the order of the description</param>
    public void Add(double amount, params ReadOnlySpan<string> labels)
    {
        if (_counter.Enabled) _counter.Add(amount, Labels.Of(info, labels));
    }
}

/// <summary>A histogram whose labels are those that its description names.</summary>
internal sealed class LabelledHistogram(Meter meter, InstrumentInfo info, IReadOnlyList<double> bounds)
{
    private readonly Histogram<double> _histogram = meter.CreateHistogram(
        info.Name, info.Unit, info.Description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });

    /// <summary>Notes a value in the series of these labels; nothing while nobody listens.</summary>
    /// <param name="value">in the instrument's unit</param>
    /// <param name="labels">in the order of the description</param>
    public void Record(double value, params ReadOnlySpan<string> labels)
    {
        if (_histogram.Enabled) _histogram.Record(value, Labels.Of(info, labels));
    }
}

/// <summary>The labels of a measurement.</summary>
internal static class Labels
{
    /// <summary>Values with the names that the description gives them.</summary>
    /// <exception cref="ArgumentException">there are more or fewer of them than names</exception>
    public static TagList Of(InstrumentInfo info, ReadOnlySpan<string> values)
    {
        if (values.Length != info.Labels.Length)
            throw new ArgumentException($"{info.Name} has {info.Labels.Length} labels: {values.Length} values", nameof(values));
        var tags = new TagList();
        for (var i = 0; i < values.Length; i++) tags.Add(info.Labels[i], values[i]);
        return tags;
    }
}
