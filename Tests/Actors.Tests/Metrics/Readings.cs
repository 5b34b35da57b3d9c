using System.Diagnostics.Metrics;
using Sweeps.Actors.Metrics;

namespace Sweeps.Actors.Tests.Metrics;

/// <summary>
/// What the instruments say from now on, by .NET's own listener. They are those of the whole process: a test goes by labels of its own.
/// </summary>
internal sealed class Readings : IDisposable
{
    private readonly MeterListener _listener;
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public Readings()
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == Instruments.MeterName) listener.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<double>(Take);
        _listener.Start();
    }

    /// <summary>A counter's sum, a gauge's last value, or how often a histogram was told; null when it never was.</summary>
    /// <param name="series">its name and its labels in their order: <c>sweeps.trials.ended{sweep=s,kind=train,outcome=failed}</c></param>
    public double? this[string series]
    {
        get
        {
            lock (_lock) return _values.TryGetValue(series, out var value) ? value : null;
        }
    }

    /// <summary>The series that have a label, and their values.</summary>
    public IReadOnlyDictionary<string, double> With(string label)
    {
        lock (_lock) return _values.Where(of => of.Key.Contains(label, StringComparison.Ordinal)).ToDictionary();
    }

    /// <summary>Reads the gauges.</summary>
    public void Ask() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels, object? state)
    {
        var series = $"{instrument.Name}{{{string.Join(",", labels.ToArray().Select(label => $"{label.Key}={label.Value}"))}}}";
        lock (_lock)
        {
            _values[series] = instrument switch
            {
                Counter<double> => _values.GetValueOrDefault(series) + value,
                Histogram<double> => _values.GetValueOrDefault(series) + 1,
                _ => value,
            };
        }
    }
}
