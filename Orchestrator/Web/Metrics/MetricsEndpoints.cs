using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Sweeps.Orchestrator.Web.Endpoints;

namespace Sweeps.Orchestrator.Web.Metrics;

/// <summary>What Prometheus reads.</summary>
internal sealed class MetricsEndpoints : IEndpoints
{
    public const string Path = "/metrics";

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPrometheusScrapingEndpoint(Path, MetricsExport.Provider, configureBranchedPipeline: null, optionsName: null)
            // What is measured of requests is meant for those of people.
            .DisableHttpMetrics();
}
