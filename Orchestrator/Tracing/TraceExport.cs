using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Metrics;
using Sweeps.Orchestrator.Web.Metrics;

namespace Sweeps.Orchestrator.Tracing;

/// <summary>Sends traces of trials to a collector of OpenTelemetry, where one is named.</summary>
internal static class TraceExport
{
    private const string Path = "v1/traces";

    /// <summary>
    /// Begins to send; what waits is sent when it is disposed of, for a few seconds at most. Null where no collector is named.
    /// </summary>
    /// <param name="options">the node's: valid ones</param>
    /// <param name="name">of the node; empty outside of a cluster</param>
    public static TracerProvider? Start(NodeOptions options, string name) => options.OtlpEndpoint.Length == 0
        ? null
        : Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.Clear().AddService(
                "sweeps", serviceVersion: MetricsExport.Version, autoGenerateServiceInstanceId: false,
                serviceInstanceId: name.Length > 0 ? name : Environment.MachineName))
            .AddSource(Instruments.MeterName)
            .AddOtlpExporter(exporter =>
            {
                exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
                exporter.Endpoint = new Uri(new Uri(options.OtlpEndpoint.TrimEnd('/') + "/"), Path);
            })
            .Build();
}
