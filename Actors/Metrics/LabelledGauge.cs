using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace Sweeps.Actors.Metrics;

/// <summary>A value of a gauge, with its labels in the order of the description.</summary>
internal readonly record struct Reading(double Value, params ImmutableArray<string> Labels);

/// <summary>
/// A gauge that is read when somebody asks, from whoever knows the value for as long as he is there. It may be read from any thread.
/// </summary>
internal sealed class LabelledGauge
{
    private readonly InstrumentInfo _info;
    private ImmutableArray<Source> _sources = [];

    public LabelledGauge(Meter meter, InstrumentInfo info)
    {
        _info = info;
        if (info.Kind == InstrumentKind.Counter) meter.CreateObservableCounter(info.Name, Read, info.Unit, info.Description);
        else meter.CreateObservableGauge(info.Name, Read, info.Unit, info.Description);
    }

    /// <summary>Asks this source too, until what is returned is disposed of.</summary>
    public IDisposable Observe(Func<IEnumerable<Reading>> read)
    {
        var source = new Source(this, read);
        ImmutableInterlocked.Update(ref _sources, (sources, added) => sources.Add(added), source);
        return source;
    }

    /// <summary>As <see cref="Observe(Func{IEnumerable{Reading}})"/>, for a source of one series.</summary>
    public IDisposable Observe(Func<double> read, params ImmutableArray<string> labels) => Observe(() => [new Reading(read(), labels)]);

    private IEnumerable<Measurement<double>> Read()
    {
        var left = _info.Limit;
        foreach (var source in _sources)
        {
            foreach (var reading in source.Read())
            {
                if (left-- == 0) yield break;
                yield return new Measurement<double>(reading.Value, Labels.Of(_info, reading.Labels.AsSpan()));
            }
        }
    }

    private sealed class Source(LabelledGauge gauge, Func<IEnumerable<Reading>> read) : IDisposable
    {
        public IEnumerable<Reading> Read() => read();

        public void Dispose() => ImmutableInterlocked.Update(ref gauge._sources, (sources, gone) => sources.Remove(gone), this);
    }
}

/// <summary>What is given to gauges, to be taken back together.</summary>
internal sealed class GaugeSources : List<IDisposable>, IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in this) source.Dispose();
        Clear();
    }
}
