using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Sweeps.Orchestrator.Cli;
using Sweeps.Orchestrator.Configuration;
using Sweeps.Orchestrator.Web.Endpoints;

namespace Sweeps.Orchestrator.Web;

/// <summary>Stands around everything else: turns what goes wrong into an answer, and keeps the log.</summary>
/// <param name="log">the log</param>
/// <param name="isAccessLogged">whether every request has a line in it</param>
/// <param name="time">how long requests take</param>
internal sealed class RequestRecorder(WebLog log, bool isAccessLogged, TimeProvider time)
{
    private const string CommandKind = "command";
    private const int MostAsked = 4000;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var begun = time.GetTimestamp();
        string? failure = null;
        try
        {
            await next(context);
            // What is refused before any endpoint, such as a method, has no words yet.
            var status = context.Response.StatusCode;
            if (status >= StatusCodes.Status400BadRequest && !context.Response.HasStarted && context.Response.ContentLength is null
                && context.Response.ContentType is null)
                await Problems.Of(status, $"{context.Request.Method} {context.Request.Path}: {ReasonPhrases.GetReasonPhrase(status)}")
                    .ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked has gone, or the process ends.
        }
        catch (Exception e)
        {
            var (status, detail) = Explain(e);
            if (status == StatusCodes.Status500InternalServerError) failure = e.ToString();
            CommandRecord.Of(context).Answer ??= detail;
            if (context.Response.HasStarted) context.Abort();
            else await Problems.Of(status, detail).ExecuteAsync(context);
        }
        Record(context, failure, time.GetElapsedTime(begun));
    }

    private static (int Status, string Detail) Explain(Exception e) => e switch
    {
        BadHttpRequestException { InnerException: JsonException json } bad => (bad.StatusCode, $"{bad.Message}: {json.Message}"),
        BadHttpRequestException bad => (bad.StatusCode, bad.Message),
        RequestException request => (request.Status, request.Message),
        InvalidConfigurationException => (StatusCodes.Status400BadRequest, e.Message),
        CliException or JournalException or JournalCorruptException or JobFailedException or IOException
            or UnauthorizedAccessException => (StatusCodes.Status503ServiceUnavailable, e.Message),
        _ => (StatusCodes.Status500InternalServerError, "a fault of the program; its log has more"),
    };

    private void Record(HttpContext context, string? failure, TimeSpan elapsed)
    {
        var (request, status) = (context.Request, context.Response.StatusCode);
        var isCommand = !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method);
        if (failure is null && !isAccessLogged && !isCommand) return;
        var command = CommandRecord.Of(context);
        log.Write(new WebLogLine(
            failure is not null ? "failure" : isCommand ? CommandKind : "request", From(context), request.Method,
            request.Path.ToUriComponent(), status, Math.Round(elapsed.TotalMilliseconds, 3))
        {
            Asked = command.Asked is { Length: > MostAsked } long_ ? long_[..MostAsked] + "…" : command.Asked,
            Answer = command.Answer,
            Failure = failure,
        });
    }

    private static string From(HttpContext context) => context.Features.Get<LocalUser>() is not null
        ? "local user"
        : $"{context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}";
}

/// <summary>What the log says of a command, which its endpoint knows.</summary>
internal sealed class CommandRecord
{
    /// <summary>What was asked, beside the path.</summary>
    public string? Asked { get; set; }

    public string? Answer { get; set; }

    public static CommandRecord Of(HttpContext context)
    {
        if (context.Features.Get<CommandRecord>() is { } known) return known;
        var record = new CommandRecord();
        context.Features.Set(record);
        return record;
    }
}
