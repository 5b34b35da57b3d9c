using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Sweeps.Orchestrator.Web.Files;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>The page for people. Everything that it shows it asks the API for.</summary>
internal sealed class PageEndpoints : IEndpoints
{
    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var file in PageFile.All) routes.MapGet(file.Path, context => AnswerAsync(context, file)).ExcludeFromDescription();
    }

    private static Task AnswerAsync(HttpContext context, PageFile file)
    {
        // The browser keeps it, and asks each time whether it is still the same.
        context.Response.Headers.CacheControl = "no-cache";
        var tag = new EntityTagHeaderValue($"\"{file.Sha256}\"");
        return TypedResults.Bytes(file.Content, file.ContentType, entityTag: tag).ExecuteAsync(context);
    }
}
