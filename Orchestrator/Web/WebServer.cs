using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Web.Endpoints;
using Sweeps.Orchestrator.Web.Events;
using Sweeps.Orchestrator.Web.Reading;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Web;

/// <summary>What the API is made of.</summary>
/// <param name="Port">where it is served; null for nowhere but the socket</param>
/// <param name="Local">the socket that only this user can open, bound, and its path; null for none</param>
/// <param name="Source">what is served</param>
/// <param name="Options">the node's</param>
/// <param name="Events">what happens</param>
/// <param name="Token">the token of commands</param>
/// <param name="Certificate">for TLS; null for plain HTTP</param>
/// <param name="Log">the log</param>
/// <param name="Time">the clock of what is waited for</param>
internal sealed record WebParts(
    WebPort? Port, (Socket Socket, string Path)? Local, ISweepSource Source, NodeOptions Options, EventHub Events,
    AccessToken Token, X509Certificate2? Certificate, WebLog Log, TimeProvider Time);

/// <summary>
/// The HTTP API, in this process. It reads no setting of ASP.NET's own, neither in the environment nor in files, and writes nothing to the
/// standard output.
/// </summary>
internal sealed class WebServer : IAsyncDisposable
{
    private static readonly TimeSpan _patienceWithHeaders = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _patienceAtEnd = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;

    private WebServer(WebApplication app) => _app = app;

    public static async Task<WebServer> StartAsync(WebParts parts)
    {
        var (port, local, certificate, options) = (parts.Port, parts.Local, parts.Certificate, parts.Options.Http);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "sweeps",
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.WebHost.UseKestrelCore();
        if (certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            Limit(kestrel, options);
            if (port is not null)
            {
                kestrel.Listen((IPEndPoint)port.Socket.LocalEndPoint!, listen =>
                {
                    listen.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
                    if (certificate is not null) listen.UseHttps(certificate);
                });
            }
            if (local is { Path: var path })
            {
                kestrel.ListenUnixSocket(path, listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    listen.Use(next => connection =>
                    {
                        connection.Features.Set(LocalUser.Instance);
                        return next(connection);
                    });
                });
            }
        });
        var services = builder.Services;
        services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket =
            at => at is UnixDomainSocketEndPoint ? local!.Value.Socket : port!.Socket);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = _patienceAtEnd);
        // Signals are the commands' own.
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddRoutingCore();
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json => Configure(json.SerializerOptions));
        services.AddSingleton(parts.Source).AddSingleton(parts.Options).AddSingleton(options);
        services.AddSingleton(parts.Events).AddSingleton(parts.Time);
        services.AddSingleton(new SweepReadings(parts.Options.Store, parts.Time)).AddSingleton<SweepLookup>();
        foreach (var group in EndpointGroups.All) group.AddServices(services);
        var app = builder.Build();
        var (recorder, guard) = (
            new RequestRecorder(parts.Log, options.AccessLog, parts.Time), new RequestGuard(options, parts.Token));
        app.Use(recorder.InvokeAsync);
        app.Use(guard.InvokeAsync);
        app.UseRouting();
        foreach (var group in EndpointGroups.All) group.Map(app);
        await app.StartAsync();
        return new WebServer(app);
    }

    /// <summary>Ends the streams of events, lets other requests come to their end for two seconds, and frees the port.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static void Limit(KestrelServerOptions kestrel, HttpOptions options)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.MaxRequestBodySize = options.MaxBodyBytes;
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestHeadersTotalSize = 16 << 10;
        limits.MaxRequestLineSize = 8 << 10;
        limits.RequestHeadersTimeout = _patienceWithHeaders;
    }

    /// <summary>How the API writes and reads JSON: as <see cref="JobJson"/> does.</summary>
    private static void Configure(JsonSerializerOptions json)
    {
        // A loss may be NaN: as in --json and in files, that is a string.
        json.NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals;
        json.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        json.RespectNullableAnnotations = true;
        json.RespectRequiredConstructorParameters = true;
        json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
