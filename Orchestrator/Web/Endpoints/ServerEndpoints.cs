using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>What answers.</summary>
internal sealed class ServerEndpoints : IEndpoints
{
    private static readonly string _version =
        typeof(ServerEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes) => routes.Read(
        Api.Root, "getServer", "server", "Says what answers.",
        (TimeProvider time) => TypedResults.Ok(new ServerView(_version, time.GetUtcNow(), Environment.MachineName, Environment.ProcessId)))
        .Produces<ServerView>();
}

/// <summary>What answers.</summary>
/// <param name="Version">of the program</param>
/// <param name="Time">by the machine's clock</param>
/// <param name="Machine">the machine's name</param>
/// <param name="Process">the process's number</param>
internal sealed record ServerView(string Version, DateTimeOffset Time, string Machine, int Process);
