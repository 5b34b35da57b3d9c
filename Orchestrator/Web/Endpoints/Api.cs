using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>What the endpoints of the API have in common.</summary>
internal static class Api
{
    public const string Root = "/api/v1";

    public const string Sweep = $"{Root}/sweeps/{{sweep}}";

    /// <summary>Adds an endpoint that reads.</summary>
    /// <param name="routes">where</param>
    /// <param name="path">its path</param>
    /// <param name="name">its name in the OpenAPI document</param>
    /// <param name="tag">what it is about</param>
    /// <param name="summary">what it does, one sentence</param>
    /// <param name="handler">does it</param>
    public static RouteHandlerBuilder Read(
        this IEndpointRouteBuilder routes, string path, string name, string tag, string summary, Delegate handler) =>
        routes.MapGet(path, handler).WithName(name).WithTags(tag).WithSummary(summary)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    /// <summary>Adds an endpoint that commands, see <see cref="Read"/>.</summary>
    public static RouteHandlerBuilder Command(
        this IEndpointRouteBuilder routes, string path, string name, string tag, string summary, Delegate handler) =>
        routes.MapPost(path, handler).WithName(name).WithTags(tag).WithSummary(summary)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
}
