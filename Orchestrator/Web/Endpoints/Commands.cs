using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>What endpoints that command have in common.</summary>
internal static class Commands
{
    /// <summary>The answer to a command, which the log has too.</summary>
    /// <param name="context">the request's</param>
    /// <param name="reply">what became of it</param>
    /// <param name="asked">what was asked, beside the path; null for nothing</param>
    /// <exception cref="RequestException">it was refused</exception>
    public static IResult Answer(HttpContext context, Reply reply, object? asked = null)
    {
        var record = CommandRecord.Of(context);
        record.Asked = asked is null ? null : JsonSerializer.Serialize(asked, JobJson.Options);
        record.Answer = reply is Reply.Refused no ? $"refused: {no.Reason}" : reply is Reply.Accepted ? "accepted" : "alreadyDone";
        return reply switch
        {
            Reply.Accepted => TypedResults.Ok(new CommandReply(Replied.Accepted)),
            Reply.AlreadyDone => TypedResults.Ok(new CommandReply(Replied.AlreadyDone)),
            Reply.Refused refused => throw RequestException.Refused(refused.Reason),
            _ => throw new ArgumentOutOfRangeException(nameof(reply), reply, "expected a reply"),
        };
    }

    public static async Task<Reply> AskAsync(ISweepSource source, ClusterRequest request) =>
        (await source.AskAsync(request))?.ToReply() ?? new Reply.Refused("this process is no node of a cluster: expected `sweeps node`");
}

/// <summary>What became of a command.</summary>
internal enum Replied
{
    /// <summary>It is done, or being done.</summary>
    Accepted,

    /// <summary>There was nothing to do.</summary>
    AlreadyDone,
}

/// <summary>The answer to a command.</summary>
/// <param name="Reply">what became of it</param>
internal sealed record CommandReply(Replied Reply);

/// <summary>The body of a command that says everything by its path: <c>{}</c>.</summary>
internal sealed record NoBody;
