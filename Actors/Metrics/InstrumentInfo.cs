using System.Collections.Immutable;

namespace Sweeps.Actors.Metrics;

/// <summary>What kind of instrument one is.</summary>
public enum InstrumentKind
{
    /// <summary>A sum that only grows while a process lives.</summary>
    Counter,

    /// <summary>A value that is read when somebody asks.</summary>
    Gauge,

    /// <summary>The distribution of many values.</summary>
    Histogram,
}

/// <summary>What is said of an instrument.</summary>
/// <param name="Name">with dots, as OpenTelemetry names it</param>
/// <param name="Kind">counter, gauge or histogram</param>
/// <param name="Unit">in UCUM's letters, such as s, By or {trial}; empty for none</param>
/// <param name="Description">one sentence without its full stop</param>
/// <param name="Labels">the names of its labels, each of which has few values</param>
/// <param name="Limit">most series; what is measured beyond them is in one series of its own, or left out of a gauge</param>
public sealed record InstrumentInfo(
    string Name, InstrumentKind Kind, string Unit, string Description, ImmutableArray<string> Labels, int Limit)
{
    /// <summary>Its name at Prometheus: a histogram's has _bucket, _sum and _count after it.</summary>
    public string PrometheusName
    {
        get
        {
            var suffix = Unit switch
            {
                "s" => "_seconds",
                "By" => "_bytes",
                "W" => "_watts",
                "Cel" => "_celsius",
                _ => "",
            };
            var name = Name.Replace('.', '_');
            return (name.EndsWith(suffix, StringComparison.Ordinal) ? name : name + suffix)
                + (Kind == InstrumentKind.Counter ? "_total" : "");
        }
    }
}
