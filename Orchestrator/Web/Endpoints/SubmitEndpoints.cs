using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Devices;
using Sweeps.Domain.Cluster;
using Sweeps.Orchestrator.Cli;
using Sweeps.Orchestrator.Cli.Cluster;
using Sweeps.Orchestrator.Configuration;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>New sweeps for a cluster.</summary>
internal sealed class SubmitEndpoints : IEndpoints
{
    /// <summary>Where the command line submits, over the socket that only this user can open.</summary>
    public const string Local = "/local/submit";

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Command(
            $"{Api.Root}/sweeps", "submitSweep", "commands", "Gives a sweep to the cluster, or goes on with one of that name.", SubmitAsync)
            .WithDescription(
                "The text is a sweep file that stands alone: it includes nothing, reads no variable of the environment, and names files "
                    + "only in the folders that the server allows (http.allowed_paths).")
            .Produces<CommandReply>();
        routes.MapPost(Local, SubmitLocalAsync).ExcludeFromDescription();
    }

    /// <summary>A sweep that the command line has read: whoever may open the socket may read the files, too.</summary>
    private static async Task<IResult> SubmitLocalAsync(SubmitRequest body, HttpContext context, ISweepSource source) =>
        context.Features.Get<LocalUser>() is null
            ? throw RequestException.NotFound($"there is no {Local}")
            : Commands.Answer(context, await Commands.AskAsync(source, body), new { body.Spec.Name, body.Run, body.Share });

    private static async Task<IResult> SubmitAsync(
        SubmitBody body, HttpContext context, ISweepSource source, NodeOptions options)
    {
        if (options.Cluster.Folder.Length == 0 || source is not NodeSource)
            throw RequestException.Refused("this process takes no sweeps: expected a node of a cluster (`sweeps node`)");
        var hasShare = (body.Weight, body.Priority, body.Concurrency, body.MixedDevices) is not (null, null, null, null);
        var share = new SweepShare
        {
            Weight = body.Weight ?? 1,
            Priority = body.Priority ?? 0,
            Concurrency = body.Concurrency ?? 0,
            MixedDevices = body.MixedDevices ?? false,
        };
        if (share.Validate().FirstOrDefault() is { } problem) throw RequestException.Invalid(problem);
        var document = SweepDocument.Confined(body.Hocon, options.Http.AllowedPaths);
        try
        {
            var request = await Submission.PrepareAsync(document, options, hasShare ? share : null);
            var reply = await Commands.AskAsync(source, request);
            return Commands.Answer(context, reply, new { request.Spec.Name, request.Run, request.Share });
        }
        catch (CliException e) when (e.ExitCode == ExitCode.Invalid)
        {
            throw RequestException.Invalid(e.Message);
        }
    }
}

/// <summary>A sweep for a cluster.</summary>
/// <param name="Hocon">the text of its sweep file</param>
/// <param name="Weight">a sweep of weight 2 gets twice the devices of one of weight 1; 1 when nothing is said</param>
/// <param name="Priority">sweeps of a higher priority come first, whatever the weights; 0 when nothing is said</param>
/// <param name="Concurrency">most of its jobs at a time; 0, no limit, when nothing is said</param>
/// <param name="MixedDevices">whether its jobs may run on devices of several kinds; no when nothing is said</param>
internal sealed record SubmitBody(
    string Hocon, double? Weight = null, int? Priority = null, int? Concurrency = null, bool? MixedDevices = null);
