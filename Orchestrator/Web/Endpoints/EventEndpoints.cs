using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Web.Events;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>What happens, as it happens: server-sent events.</summary>
internal sealed class EventEndpoints : IEndpoints
{
    private const string ContentType = "text/event-stream";

    private static readonly TimeSpan _beat = TimeSpan.FromSeconds(15);

    // What waits is written together, up to about so many characters.
    private const int MostTogether = 64 << 10;

    private int _streams;

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes) => routes.Read(
        $"{Api.Root}/events", "streamEvents", "events",
        "Streams what happens in the sweeps, as server-sent events, until one of the two sides ends it.", StreamAsync)
        .WithDescription(
            "The names of the events are those of the lines of `sweeps run --json`, such as trialChanged; data has the same fields, and "
                + "`sweep`. With the header Last-Event-ID the stream goes on behind that event. An event `reload` says that events are "
                + "missing: read everything anew. A comment comes when there is nothing to say for 15 seconds.")
        .Produces<string>(StatusCodes.Status200OK, ContentType);

    private async Task StreamAsync(
        HttpContext context, EventHub hub, HttpOptions options, TimeProvider time, IHostApplicationLifetime lifetime, string? sweep = null)
    {
        if (Interlocked.Increment(ref _streams) > options.MaxEventStreams)
        {
            Interlocked.Decrement(ref _streams);
            throw RequestException.Unavailable(
                $"{options.MaxEventStreams} streams of events are open: expected fewer (http.max_event_streams)");
        }
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            await WriteAsync(context, hub, sweep, time, end.Token);
        }
        catch (OperationCanceledException)
        {
            // Either side has ended it.
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
    }

    private static async Task WriteAsync(HttpContext context, EventHub hub, string? sweep, TimeProvider time, CancellationToken end)
    {
        using var subscription = hub.Listen(context.Request.Headers["Last-Event-ID"].ToString());
        var response = context.Response;
        response.ContentType = ContentType;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var text = new StringBuilder("retry: 2000\n\n");
        if (subscription.HasGap) text.Append($"id: {subscription.Id}\nevent: reload\ndata: {{}}\n\n");
        var events = subscription.Events;
        while (true)
        {
            while (text.Length < MostTogether && events.TryRead(out var happened))
                if (sweep is null || happened.Sweep == sweep) text.Append(happened.Text);
            if (text.Length > 0)
            {
                await response.WriteAsync(text.ToString(), end);
                await response.Body.FlushAsync(end);
                text.Clear();
                continue;
            }
            switch (await NextAsync(events, time, end))
            {
                case true: break;
                case null: text.Append(": still here\n\n"); break;
                // Nothing will come, or too much was not read in time: who comes back hears how it stands.
                default: return;
            }
        }
    }

    /// <summary>Whether another event is there; null when none has come for a while, false when none will.</summary>
    private static async Task<bool?> NextAsync(
        ChannelReader<WebEvent> events, TimeProvider time, CancellationToken end)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(end);
        using var timer = time.CreateTimer(_ => patience.Cancel(), null, _beat, Timeout.InfiniteTimeSpan);
        try
        {
            return await events.WaitToReadAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!end.IsCancellationRequested)
        {
            return null;
        }
    }
}
