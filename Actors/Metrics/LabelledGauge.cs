using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace Sweeps.Actors.Metrics;

/// <summary>A value of a gauge, with its labels in the order of the description.</summary>
internal readonly record struct Reading(double Value, params ImmutableArray<string> Labels);

/// <summary>
/// A gauge that is read when somebody asks, from whoever knows the value for as long as he is there: a source that nobody holds any more
/// is gone, also when it was not disposed of. It may be read from any thread.
/// </summary>
internal sealed class LabelledGauge
{
    private readonly InstrumentInfo _info;
    private readonly List<WeakReference<Source>> _sources = [];
    private int _many = 64;

    public LabelledGauge(Meter meter, InstrumentInfo info)
    {
        _info = info;
        if (info.Kind == InstrumentKind.Counter) meter.CreateObservableCounter(info.Name, Read, info.Unit, info.Description);
        else meter.CreateObservableGauge(info.Name, Read, info.Unit, info.Description);
    }

    /// <summary>Asks this source too, for as long as what is returned is held and not disposed of.</summary>
    public IDisposable Observe(Func<IEnumerable<Reading>> read)
    {
        var source = new Source(this, read);
        lock (_sources)
        {
            _sources.Add(new WeakReference<Source>(source));
            if (_sources.Count > _many) Forget(source: null);
        }
        return source;
    }

    /// <summary>As <see cref="Observe(Func{IEnumerable{Reading}})"/>, for a source of one series.</summary>
    public IDisposable Observe(Func<double> read, params ImmutableArray<string> labels) => Observe(() => [new Reading(read(), labels)]);

    private IEnumerable<Measurement<double>> Read()
    {
        var left = _info.Limit;
        foreach (var source in Living())
        {
            foreach (var reading in source.Read())
            {
                if (left-- == 0) yield break;
                yield return new Measurement<double>(reading.Value, Labels.Of(_info, reading.Labels.AsSpan()));
            }
        }
    }

    private List<Source> Living()
    {
        lock (_sources) return [.. _sources.Select(weak => weak.TryGetTarget(out var source) ? source : null).OfType<Source>()];
    }

    // Those that are gone too; as seldom as there are many.
    private void Forget(Source? source)
    {
        lock (_sources)
        {
            _sources.RemoveAll(weak => !weak.TryGetTarget(out var living) || living == source);
            _many = Math.Max(64, _sources.Count * 2);
        }
    }

    private sealed class Source(LabelledGauge gauge, Func<IEnumerable<Reading>> read) : IDisposable
    {
        public IEnumerable<Reading> Read() => read();

        public void Dispose() => gauge.Forget(this);
    }
}

/// <summary>What is given to gauges, to be taken back together.</summary>
internal sealed class GaugeSources : List<IDisposable>
{
    public void Release()
    {
        foreach (var source in this) source.Dispose();
        Clear();
    }
}
