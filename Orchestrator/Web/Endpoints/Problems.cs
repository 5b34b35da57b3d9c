using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>Answers that say what is wrong, as problem documents (RFC 9457).</summary>
internal static class Problems
{
    public const string ContentType = "application/problem+json";

    /// <summary>An answer.</summary>
    /// <param name="status">its status, 400 to 599</param>
    /// <param name="detail">what is wrong and what was expected, one sentence</param>
    public static IResult Of(int status, string detail) =>
        TypedResults.Problem(detail, statusCode: status, title: ReasonPhrases.GetReasonPhrase(status));
}
