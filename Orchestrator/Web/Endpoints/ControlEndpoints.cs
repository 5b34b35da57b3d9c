using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Orchestrator.Web.Reading;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>Commands to a sweep.</summary>
internal sealed class ControlEndpoints : IEndpoints
{
    private const string Tag = "commands";

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Command(
            $"{Api.Sweep}/pause", "pauseSweep", Tag, "Pauses a sweep: jobs at work go on to their end, and no others begin.", PauseAsync)
            .Produces<CommandReply>();
        routes.Command($"{Api.Sweep}/resume", "resumeSweep", Tag, "Goes on with a paused sweep.", ResumeAsync).Produces<CommandReply>();
        routes.Command($"{Api.Sweep}/cancel", "cancelSweep", Tag, "Gives a sweep up for good, or a part of it.", CancelAsync)
            .WithDescription(
                "A trial counts as failed from then on; a search (searches/MODEL/TASK) ends with the best circuit that it has; a pruning "
                    + "(searches/MODEL/TASK/0007) is forgotten.")
            .Produces<CommandReply>();
        routes.Command(
            $"{Api.Sweep}/retry", "retryTrials", Tag, "Opens failed trials again, all of them or those that are named.", RetryAsync)
            .Produces<CommandReply>();
        routes.Command($"{Api.Sweep}/share", "shareDevices", Tag, "Changes how a sweep of a cluster shares the devices.", ShareAsync)
            .Produces<CommandReply>();
    }

    private static Task<IResult> PauseAsync(
        string sweep, HttpContext context, ISweepSource source, SweepLookup lookup, SweepReadings readings, NoBody? body) =>
        GiveAsync(sweep, new PauseSweep(), context, source, lookup, readings);

    private static Task<IResult> ResumeAsync(
        string sweep, HttpContext context, ISweepSource source, SweepLookup lookup, SweepReadings readings, NoBody? body) =>
        GiveAsync(sweep, new ResumeSweep(), context, source, lookup, readings);

    private static Task<IResult> CancelAsync(
        string sweep, CancelBody body, HttpContext context, ISweepSource source, SweepLookup lookup, SweepReadings readings) =>
        GiveAsync(sweep, body.Part is { } part ? new CancelPart(part) : new CancelSweep(), context, source, lookup, readings, body);

    private static Task<IResult> RetryAsync(
        string sweep, RetryBody body, HttpContext context, ISweepSource source, SweepLookup lookup, SweepReadings readings)
    {
        // What a list may have, the reader of JSON does not check.
        if (body.Trials?.Any(trial => trial is null) == true) throw RequestException.Invalid("trials has null: expected names of trials");
        var trials = (body.Trials ?? []).Select(trial => new TrialId(trial));
        return GiveAsync(sweep, new RetryTrials([.. trials]), context, source, lookup, readings, body);
    }

    private static async Task<IResult> ShareAsync(
        string sweep, ShareBody body, HttpContext context, ISweepSource source, SweepLookup lookup, CancellationToken cancellation)
    {
        var served = await lookup.FindAsync(sweep, cancellation);
        return Commands.Answer(
            context, await Commands.AskAsync(source, new ShareRequest(served.Id, body.Weight, body.Priority, body.Concurrency)), body);
    }

    private static async Task<IResult> GiveAsync(
        string sweep, SweepCommand command, HttpContext context, ISweepSource source, SweepLookup lookup, SweepReadings readings,
        object? body = null)
    {
        var served = await lookup.FindAsync(sweep, context.RequestAborted);
        var reply = await source.CommandAsync(served, command);
        readings.Expire(served);
        return Commands.Answer(context, reply, body);
    }
}

/// <summary>What to cancel.</summary>
/// <param name="Part">a trial, a search or a pruning, as the lists name them; null for the whole sweep, for good</param>
internal sealed record CancelBody(string? Part = null);

/// <summary>What to try again.</summary>
/// <param name="Trials">failed trials; null or none for all that failed</param>
internal sealed record RetryBody(IReadOnlyList<string>? Trials = null);

/// <summary>How a sweep is to share the devices of its cluster; what is null stays.</summary>
/// <param name="Weight">a sweep of weight 2 gets twice the devices of one of weight 1</param>
/// <param name="Priority">sweeps of a higher priority come first, whatever the weights</param>
/// <param name="Concurrency">most of its jobs at a time; 0 for no limit</param>
internal sealed record ShareBody(double? Weight = null, int? Priority = null, int? Concurrency = null);
