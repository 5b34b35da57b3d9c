using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>Whether the process lives, and whether it can do what it is there for. Open to everybody who reaches the port.</summary>
internal sealed class HealthEndpoints : IEndpoints
{
    public const string Root = "/health";

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet($"{Root}/live", () => TypedResults.Ok(new Health("live")))
            .WithName("getLive").WithTags("health").WithSummary("Says that the process answers.");
        routes.MapGet($"{Root}/ready", ReadyAsync)
            .WithName("getReady").WithTags("health").WithSummary("Says whether the process runs its sweep, or is a member of its cluster.")
            .Produces<Health>().ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> ReadyAsync(ISweepSource source, CancellationToken cancellation) =>
        await source.WhyNotReadyAsync(cancellation) is { } reason
            ? Problems.Of(StatusCodes.Status503ServiceUnavailable, reason)
            : TypedResults.Ok(new Health("ready"));
}

/// <summary>How the process is.</summary>
/// <param name="Status">live or ready</param>
internal sealed record Health(string Status);
