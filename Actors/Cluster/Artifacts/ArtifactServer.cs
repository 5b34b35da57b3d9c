using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Sweeps.Actors.Cluster.Artifacts;

/// <summary>
/// Gives files to other nodes: <c>GET /artifacts/SHA256</c>, with ranges. Nothing of a request reaches the file system: a digest is looked
/// up among the files that are published at the moment, and whatever else is asked for is not there.
/// </summary>
internal sealed class ArtifactServer : IAsyncDisposable
{
    /// <summary>Most connections at a time; more are closed, and come back.</summary>
    public const int MostConnections = 512;

    /// <summary>Where the files are, below the address.</summary>
    public const string Folder = "/artifacts/";

    private const int DigestLength = 64;

    private readonly WebApplication _application;

    private ArtifactServer(WebApplication application) => _application = application;

    /// <summary>Begins to listen.</summary>
    /// <param name="host">a name or an address of this machine</param>
    /// <param name="port">a free port; 0 for any</param>
    /// <param name="certificate">by which it knows other nodes, and they it; null for a network that is trusted</param>
    /// <param name="files">what may be fetched</param>
    /// <exception cref="IOException">it cannot listen there</exception>
    public static async Task<ArtifactServer> StartAsync(
        string host, int port, ClusterCertificate? certificate, PublishedFiles files)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        // What goes wrong with one connection is told by the one who fetches.
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Limit(options.Limits));
        if (certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            if (IPAddress.TryParse(host, out var address)) options.Listen(address, port, listen => Secure(listen, certificate));
            else if (host == "localhost") options.ListenLocalhost(port, listen => Secure(listen, certificate));
            else
                foreach (var one in Dns.GetHostAddresses(host)) options.Listen(one, port, listen => Secure(listen, certificate));
        });
        var application = builder.Build();
        application.Run(context => AnswerAsync(context, files));
        try
        {
            await application.StartAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            if (e is not (IOException or System.Net.Sockets.SocketException)) throw;
            throw new IOException($"cluster.artifact_port is {port}: cannot listen on {host}:{port}: {e.Message}", e);
        }
        return new ArtifactServer(application);
    }

    public int Port => new Uri(_application.Urls.First()).Port;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Whoever is fetching goes on elsewhere, or later.
        using var now = new CancellationTokenSource();
        await now.CancelAsync().ConfigureAwait(false);
        await _application.StopAsync(now.Token).ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private static void Limit(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = MostConnections;
        limits.MaxRequestBodySize = 0;
        limits.MaxRequestHeadersTotalSize = 8 << 10;
        limits.MaxRequestHeaderCount = 32;
        limits.MaxRequestLineSize = 1 << 10;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(1);
        // Whoever takes nothing for so long is stopped or gone.
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 256, gracePeriod: TimeSpan.FromSeconds(10));
    }

    private static void Secure(ListenOptions listen, ClusterCertificate? certificate)
    {
        listen.Protocols = HttpProtocols.Http1;
        if (certificate is null) return;
        listen.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = certificate.Own,
            ClientCertificateMode = ClientCertificateMode.RequireCertificate,
            ClientCertificateValidation = (other, chain, _) => certificate.Accepts(other, chain),
            SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            HandshakeTimeout = TimeSpan.FromSeconds(10),
        });
    }

    private static async Task AnswerAsync(HttpContext context, PublishedFiles files)
    {
        var (request, response) = (context.Request, context.Response);
        var path = request.Path.Value ?? "";
        var sha256 = path.StartsWith(Folder, StringComparison.Ordinal) ? path[Folder.Length..] : "";
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            (response.StatusCode, response.Headers.Allow) = (StatusCodes.Status405MethodNotAllowed, "GET, HEAD");
            return;
        }
        if (!IsDigest(sha256) || files.Find(sha256) is not { } file || Open(file) is not { } stream)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var tag = new Microsoft.Net.Http.Headers.EntityTagHeaderValue($"\"{sha256}\"");
        await Results.Stream(stream, "application/octet-stream", entityTag: tag, enableRangeProcessing: true)
            .ExecuteAsync(context).ConfigureAwait(false);
    }

    private static bool IsDigest(string text) => text.Length == DigestLength && text.All(char.IsAsciiHexDigitLower);

    private static FileStream? Open(string path)
    {
        try
        {
            return new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16,
                FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // whoever asks hears that it is not there, and says so
        }
    }
}
