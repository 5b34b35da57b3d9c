using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>A group of endpoints of the HTTP API; <see cref="EndpointGroups"/> lists them.</summary>
internal interface IEndpoints
{
    /// <summary>Adds what the endpoints need; most need nothing of their own.</summary>
    void AddServices(IServiceCollection services)
    {
    }

    void Map(IEndpointRouteBuilder routes);
}
