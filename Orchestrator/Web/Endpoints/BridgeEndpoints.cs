using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sweeps.Orchestrator.Web.Reading;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>Bridges between a dense model and the models that are trained together with them.</summary>
internal sealed class BridgeEndpoints : IEndpoints
{
    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes) => routes.Read(
        $"{Api.Sweep}/bridges", "listBridges", "bridges",
        "Lists the bridged models of a sweep: what their bridges lose, and what nodes of their circuits do in the dense model.", ListAsync)
        .Produces<Page<BridgesView>>();

    private static async Task<IResult> ListAsync(
        string sweep, SweepLookup lookup, CancellationToken cancellation, int? offset = null, int? limit = null)
    {
        var (_, reading) = await lookup.ReadAsync(sweep, cancellation);
        BridgesView[] all =
        [
            .. from model in reading.Sweep.Models
               let bridges = model.Bridges
               where bridges is not null
               select new BridgesView(model.Plan.Id.Value, model.Failure, bridges),
        ];
        return TypedResults.Ok(Page.Of(all, offset, limit, view => view));
    }
}

/// <summary>A bridged model.</summary>
/// <param name="Model">its id</param>
/// <param name="Failure">why its training failed, or null</param>
/// <param name="Bridges">its bridges</param>
internal sealed record BridgesView(string Model, string? Failure, BridgesSnapshot Bridges);
