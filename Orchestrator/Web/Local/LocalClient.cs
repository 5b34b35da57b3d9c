using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Orchestrator.Web.Endpoints;
using Sweeps.Orchestrator.Web.Reading;

namespace Sweeps.Orchestrator.Web.Local;

/// <summary>Asks the API of another process of the same user, through the socket in the folder that it works in.</summary>
internal static class LocalClient
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);

    /// <summary>Gives a command to the process that runs the folder's sweep.</summary>
    /// <param name="folder">the sweep's</param>
    /// <param name="command">one that users give</param>
    /// <returns>its reply; null when no process listens there</returns>
    /// <exception cref="IOException">a process listens there, and gives no answer, or this user may not ask it</exception>
    public static async Task<Reply?> SendAsync(string folder, SweepCommand command)
    {
        var (name, body) = Spell(command);
        var answer = await AskAsync(folder, HttpMethod.Post, Path(SweepLookup.Only, name), body);
        return answer is { } said ? ToReply(said, folder) : null;
    }

    /// <summary>Asks the cluster, through the node that listens in a folder.</summary>
    /// <param name="folder">the node's own</param>
    /// <param name="request">what is asked</param>
    /// <returns>the answer; null when no node listens there</returns>
    /// <exception cref="IOException">a process listens there, and gives no answer, or this user may not ask it</exception>
    public static async Task<ClusterAnswer?> AskAsync(string folder, ClusterRequest request)
    {
        if (request is StatusRequest)
        {
            return await AskAsync(folder, HttpMethod.Get, $"{Api.Root}/cluster", null) switch
            {
                null => null,
                (HttpStatusCode.OK, var body) => new ClusterAnswer("accepted", null, Read<ClusterStatus>(body, folder)),
                var (_, body) => ClusterAnswer.Of(new Reply.Refused(Read<Problem>(body, folder).Detail)),
            };
        }
        var (path, said) = request switch
        {
            SubmitRequest => (SubmitEndpoints.Local, (object)request),
            ControlRequest m => (Path(m.Name, m.Command), m.Command switch
            {
                "cancel" => new CancelBody(m.Trials is [{ } part] ? part : null),
                "retry" => new RetryBody(m.Trials),
                _ => new NoBody(),
            }),
            ShareRequest m => (Path(m.Name, "share"), new ShareBody(m.Weight, m.Priority, m.Concurrency)),
            DrainRequest m => ($"{Api.Root}/nodes/{Uri.EscapeDataString(m.Node)}/drain", new NoBody()),
            _ => throw new ArgumentOutOfRangeException(nameof(request), request, "expected a request that users make"),
        };
        return await AskAsync(folder, HttpMethod.Post, path, said) is { } answer ? ClusterAnswer.Of(ToReply(answer, folder)) : null;
    }

    private static string Path(string sweep, string command) => $"{Api.Root}/sweeps/{Uri.EscapeDataString(sweep)}/{command}";

    private static (string Name, object Body) Spell(SweepCommand command) => command switch
    {
        PauseSweep => ("pause", new NoBody()),
        ResumeSweep => ("resume", new NoBody()),
        CancelSweep => ("cancel", new CancelBody()),
        CancelPart part => ("cancel", new CancelBody(part.Subject)),
        RetryTrials retry => ("retry", new RetryBody([.. retry.Trials.Select(trial => trial.Value)])),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "expected a command that users give"),
    };

    private static Reply ToReply((HttpStatusCode Status, string Body) answer, string folder) => answer.Status switch
    {
        HttpStatusCode.OK when Read<CommandReply>(answer.Body, folder).Reply == Replied.Accepted => new Reply.Accepted(),
        HttpStatusCode.OK => new Reply.AlreadyDone(),
        HttpStatusCode.NotFound or HttpStatusCode.Conflict or HttpStatusCode.BadRequest or HttpStatusCode.ServiceUnavailable =>
            new Reply.Refused(Read<Problem>(answer.Body, folder).Detail),
        _ => throw new IOException($"{folder}: the running process gave no answer, but {(int)answer.Status}"),
    };

    private static async Task<(HttpStatusCode Status, string Body)?> AskAsync(string folder, HttpMethod method, string path, object? body)
    {
        if (ControlSocket.Find(System.IO.Path.GetFullPath(folder)) is not { } at) return null;
        using var handler = new SocketsHttpHandler { ConnectCallback = (_, token) => ConnectAsync(at, token), UseProxy = false };
        using var client = new HttpClient(handler) { Timeout = _patience };
        using var request = new HttpRequestMessage(method, new Uri($"http://localhost{path}"));
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: JobJson.Options);
        try
        {
            using var response = await client.SendAsync(request);
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied })
        {
            throw new IOException($"{at}: the process there is another user's, who alone may command it", e);
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException)
        {
            // A process that was killed leaves its socket.
            return null;
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"{at}: the running process gave no answer: {e.Message}", e);
        }
        catch (OperationCanceledException e)
        {
            throw new IOException($"{at}: the running process gave no answer within {_patience.TotalSeconds:F0} seconds", e);
        }
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static T Read<T>(string body, string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, JobJson.Options) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new IOException($"{folder}: the answer of the running process is not understood: it is of another version", e);
        }
    }

    /// <summary>What a problem document says that matters here.</summary>
    private sealed record Problem(string Detail)
    {
        public string? Type { get; init; }

        public string? Title { get; init; }

        public int? Status { get; init; }
    }
}
