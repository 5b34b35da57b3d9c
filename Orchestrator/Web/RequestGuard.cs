using System.Net;
using Microsoft.AspNetCore.Http;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Web.Endpoints;
using Sweeps.Orchestrator.Web.Files;

namespace Sweeps.Orchestrator.Web;

/// <summary>
/// Lets no request through that a page of another site may have sent, or somebody without the token who needs it, and gives every answer
/// the headers that keep a browser from doing more with it than it should.
/// </summary>
/// <param name="options">the hosts by which it is reached</param>
/// <param name="token">the token</param>
internal sealed class RequestGuard(HttpOptions options, AccessToken token)
{
    private const string ContentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    private readonly HashSet<string> _hosts = new(
        ["localhost", Environment.MachineName, .. options.Hosts], StringComparer.OrdinalIgnoreCase);

    /// <summary>Passes a request on, or answers it with what is wrong.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Protect(context.Response.Headers);
        return Refusal(context) is { } problem ? problem.ExecuteAsync(context) : next(context);
    }

    private static void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    private IResult? Refusal(HttpContext context)
    {
        // Who may open the socket of this user's own is this user.
        if (context.Features.Get<LocalUser>() is not null) return null;
        var request = context.Request;
        if (!IsOwn(request.Host.Host))
        {
            return Problems.Of(
                StatusCodes.Status421MisdirectedRequest,
                "the request is for another host: expected an address, localhost, the machine's name, or one of http.hosts");
        }
        var isCommand = !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method);
        if (isCommand && !IsSameOrigin(request))
            return Problems.Of(StatusCodes.Status403Forbidden, "a command must come from the page of this server, or from no page");
        if ((isCommand || token.IsChosen) && !IsOpen(request.Path) && !token.IsIn(request.Headers.Authorization))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.Of(
                StatusCodes.Status401Unauthorized, "expected the header Authorization: Bearer TOKEN with the server's token");
        }
        if (isCommand && !request.HasJsonContentType())
            return Problems.Of(StatusCodes.Status415UnsupportedMediaType, "expected a body of Content-Type application/json");
        return null;
    }

    /// <summary>Whether a host is one of ours: no name that somebody lets point to this machine is an address.</summary>
    private bool IsOwn(string host) => _hosts.Contains(host) || IPAddress.TryParse(host.Trim('[', ']'), out _);

    /// <summary>
    /// What a browser says of where a request comes from, in a header that no page can set. Who says nothing is no browser of today.
    /// </summary>
    private static bool IsSameOrigin(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none")) return false;
        if (request.Headers.Origin.Count == 0) return true;
        return Uri.TryCreate(request.Headers.Origin.ToString(), UriKind.Absolute, out var origin)
            && origin.Scheme == request.Scheme
            && string.Equals(
                new HostString(origin.Authority).ToUriComponent(), request.Host.ToUriComponent(), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether it needs no token: the page says nothing of the sweeps until it is given one.</summary>
    private static bool IsOpen(PathString path) =>
        path.StartsWithSegments(HealthEndpoints.Root) || path == "/" || path.StartsWithSegments(PageFile.Folder);
}

/// <summary>Marks a connection over the socket that only the user of this process can open.</summary>
internal sealed class LocalUser
{
    public static LocalUser Instance { get; } = new();
}
