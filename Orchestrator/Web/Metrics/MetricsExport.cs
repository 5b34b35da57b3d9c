using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Sweeps.Actors.Metrics;

namespace Sweeps.Orchestrator.Web.Metrics;

/// <summary>
/// What this process measures, for Prometheus. It is one for the whole process, as the instruments are, and counts from when somebody asks
/// for it first.
/// </summary>
internal static class MetricsExport
{
    private static readonly Lazy<MeterProvider> _provider = new(Build);

    public static string Version { get; } =
        typeof(MetricsExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    public static MeterProvider Provider => _provider.Value;

    /// <summary>Begins to listen, on a thread of its own: what costs time there need not keep a sweep waiting.</summary>
    public static void Begin() => _ = Task.Run(() => Provider);

    /// <summary>Tells what is so of this process and its machine, until it is disposed of.</summary>
    /// <param name="name">of the node; empty outside of a cluster</param>
    /// <param name="folders">those whose disks are of interest, and what they are called</param>
    public static NodeMetrics OfNode(string name, params (string Name, string Path)[] folders) =>
        new(Version, name, folders.ToDictionary(of => of.Name, of => of.Path), TimeProvider.System);

    /// <summary>Listens to all instruments until it is disposed of, beside whoever listens already.</summary>
    public static MeterProvider Build()
    {
        var builder = Sdk.CreateMeterProviderBuilder()
            // What a process is, the scrape configuration says.
            .ConfigureResource(resource => resource.Clear())
            .AddMeter(Instruments.MeterName)
            .AddMeter("System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
            // Dozens of series by generation, that only who looks for a leak reads.
            .AddView("dotnet.gc.*", MetricStreamConfiguration.Drop)
            // Named as Prometheus names parts of histograms.
            .AddView("dotnet.assembly.count", MetricStreamConfiguration.Drop)
            .AddView("dotnet.process.cpu.count", MetricStreamConfiguration.Drop)
            .AddView("dotnet.timer.count", MetricStreamConfiguration.Drop)
            .AddPrometheusExporter(exporter => exporter.ScopeInfoEnabled = false);
        foreach (var instrument in Instruments.All)
            builder.AddView(instrument.Name, Stream(instrument));
        return builder.Build();
    }

    private static MetricStreamConfiguration Stream(InstrumentInfo instrument) =>
        instrument.Kind == InstrumentKind.Histogram
            ? new ExplicitBucketHistogramConfiguration { CardinalityLimit = instrument.Limit }
            : new MetricStreamConfiguration { CardinalityLimit = instrument.Limit };
}
