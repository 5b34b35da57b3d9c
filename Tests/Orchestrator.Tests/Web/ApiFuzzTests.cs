using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Sweeps.Orchestrator.Tests.Cli;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>
/// Requests that nobody well-meaning sends, from a seed: none is a fault of the program, none reads a file outside, none commands without
/// the token. <c>make api-fuzz</c> sends 10,000 of them.
/// </summary>
[Collection(FinishedRun.Tests)]
public sealed class ApiFuzzTests(FinishedRun run)
{
    private const string Secret = "the-secret-outside";
    private const ulong Seed = 1;

    private static readonly int _requests =
        int.Parse(Environment.GetEnvironmentVariable("SWEEPS_API_REQUESTS") ?? "600", CultureInfo.InvariantCulture);

    private static readonly string[] _methods =
        ["GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "X", ""];

    private static readonly string[] _paths =
    [
        "/api/v1/sweeps", "/api/v1/sweeps/SWEEP", "/api/v1/sweeps/SWEEP/pause", "/api/v1/sweeps/SWEEP/cancel", "/api/v1/sweeps/SWEEP/retry",
        "/api/v1/sweeps/SWEEP/share", "/api/v1/nodes/device-1/drain", "/api/v1/sweeps/SWEEP/trials", "/api/v1/sweeps/SWEEP/trials/corpus",
        "/api/v1/sweeps/SWEEP/logs/corpus", "/api/v1/sweeps/SWEEP/models/d16n1-l0.5-r0/curve", "/api/v1/devices", "/openapi/v1.json",
        "/api/v1/sweeps/SWEEP/circuits/d16n1-l0.5-r0/single_double_quote/best", "/api/v1/sweeps/SWEEP/searches/d16n1-l0.5-r0/x/prunings/0",
        "/api/v1/sweeps/SWEEP/models/d16n1-l0.5-r0/ask", "/health/live", "/", "*", "http://evil.example/api/v1",
    ];

    private static readonly string[] _parts =
    [
        "..", "../..", "%2e%2e", "%2e%2e%2f%2e%2e", "..%2f..%2fSECRET", "....//", "/etc/passwd", "%00", "\\..\\..", "%5c..%5c", "SECRET",
        "%c0%ae%c0%ae", "sweep.json", "journal.db", "http.token", "?limit=-1", "?offset=99999999999", "?last=1e9", "?search=%ff%fe",
        "?limit=10&limit=20", "#x", ";x=y", "//", "/.", " ", "\t", "%", "%zz", "%u0041", "?a[]=1", "é", "😀", "?x=%0d%0aSet-Cookie:a",
        "{sweep}", "?state=",
    ];

    private static readonly string[] _hosts =
        ["HOST", "HOST", "HOST", "HOST", "localhost", "evil.example", "", "127.0.0.1.evil.example", "[::1]", "a b", "HOST\r\nHost: evil"];

    private static readonly string[] _headers =
    [
        "Origin: http://evil.example", "Origin: null", "Origin: http://HOST", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin",
        "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: evil.example", "X-HTTP-Method-Override: POST", "X-Original-URL: /api/v1",
        "Cookie: a=b",
        "Last-Event-ID: 1-1", "Content-Encoding: gzip", "Expect: 100-continue", "Range: bytes=0-1", "If-None-Match: *", "Accept: */*;q=x",
        "Transfer-Encoding: chunked", "Content-Length: 5", "Content-Length: -1", "Upgrade: websocket", "Connection: upgrade", "X: \u0001",
        "Authorization: Bearer TOKEN", "Authorization: Bearer TOKEN", "Authorization: Bearer wrong", "Authorization: Basic TOKEN",
        "Authorization: Bearer TOKENx", "Authorization: Bearer", "Authorization:", "Content-Type: application/json",
        "Content-Type: application/json", "Content-Type: text/plain", "Content-Type: application/json; charset=nonsense", "NoColon",
    ];

    private static readonly string[] _bodies =
    [
        "{}", "{}", "", "null", "[]", "{", "{\"part\": 1}", "{\"part\": \"../../SECRET\"}", "{\"trials\": [\"../x\", null]}",
        "{\"trials\": {}}",
        "{\"weight\": \"NaN\"}", "{\"weight\": 1e999}", "{\"part\": \"\\u0000\"}", "{\"hocon\": \"include file(\\\"SECRET\\\")\"}",
        "{\"hocon\": \"name = ${HOME}\"}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "\ufeff{}", "a=b&c=d",
    ];

    [Fact]
    public async Task Hostile_requests_break_nothing_read_nothing_and_command_nothing()
    {
        var outside = Path.Combine(Path.GetDirectoryName(run.Folder)!, "secret.txt");
        await File.WriteAllTextAsync(outside, Secret);
        var source = new FakeSource(run.Folder);
        await using var api = await ServedApi.StartAsync(source);
        var statuses = new SortedDictionary<int, int>();
        var (commanded, unanswered) = (0, 0);
        for (var i = 0; i < _requests; i++)
        {
            var random = new KeyedRandom(Seed, "api", i.ToString(CultureInfo.InvariantCulture));
            var request = Request(random, api, source.Id, outside);
            var answer = await SendAsync(api.Url, request);
            var what = $"request {i}: {Show(request)}\nanswer: {Show(answer)}\n{api.Log}";
            Assert.False(answer.Contains(Secret, StringComparison.Ordinal), what);
            // A file of the system's, or the token, in an answer.
            Assert.False(answer.Contains("root:x:", StringComparison.Ordinal), what);
            Assert.False(answer.Contains(api.Token, StringComparison.Ordinal), what);
            if (answer.Length == 0 && MayCommand(request, api)) unanswered++;
            foreach (var line in answer.Split('\n').Where(line => line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)))
            {
                var status = int.Parse(line.AsSpan(9, 3), CultureInfo.InvariantCulture);
                statuses[status] = statuses.GetValueOrDefault(status) + 1;
                Assert.True(status < 500 || status == 503, what);
                if (status != 200 || IsRead(request)) continue;
                commanded++;
                Assert.True(MayCommand(request, api), what);
            }
        }
        // What was given to the sweep is what was answered so, but for those who did not wait.
        Assert.InRange(source.Commands.Count, commanded, commanded + unanswered);
        // It was no wall that everything bounced off, and it still answers.
        Assert.True(commanded >= _requests / 200, $"{commanded} of {_requests} requests commanded");
        Assert.Empty(new[] { 200, 400, 401, 403, 404, 405, 415, 421 }.Except(statuses.Keys));
        Assert.Contains("\"live\"", await api.Client.GetStringAsync("/health/live"), StringComparison.Ordinal);
        Assert.DoesNotContain("\"kind\":\"failure\"", api.Log, StringComparison.Ordinal);
    }

    private static bool IsRead(string request) =>
        request.StartsWith("GET ", StringComparison.OrdinalIgnoreCase) || request.StartsWith("HEAD ", StringComparison.Ordinal);

    /// <summary>Whether a request has all that a command needs; what it says twice, the server may take or leave.</summary>
    private static bool MayCommand(string request, ServedApi api)
    {
        var head = request.Split("\r\n\r\n")[0].Split("\r\n");
        return head[0].StartsWith("POST ", StringComparison.Ordinal)
            && head.Contains($"Authorization: Bearer {api.Token}")
            && head.Any(line => line.StartsWith("Content-Type: application/json", StringComparison.Ordinal))
            && !head.Any(line => line is "Origin: null" or "Origin: http://evil.example" or "Sec-Fetch-Site: cross-site")
            && !head.Any(line => line.StartsWith("Host: evil", StringComparison.Ordinal));
    }

    private static string Request(KeyedRandom random, ServedApi api, string sweep, string outside)
    {
        // A half of them are nearly right, so that they come far.
        var isNear = random.Next(2) == 0;
        var path = new StringBuilder(Pick(random, _paths));
        for (var n = random.Next(isNear ? 2 : 3); n > 0; n--) path.Append(random.Next(2) == 0 ? "/" : "").Append(Pick(random, _parts));
        if (random.Next(50) == 0) path.Append('x', 10_000);
        var method = isNear && random.Next(2) == 0 ? "POST" : Pick(random, _methods);
        var host = isNear && random.Next(3) > 0 ? "HOST" : Pick(random, _hosts);
        var text = new StringBuilder($"{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
        if (isNear) text.Append("Authorization: Bearer TOKEN\r\nContent-Type: application/json\r\n");
        for (var n = random.Next(isNear ? 2 : 5); n > 0; n--) text.Append(Pick(random, _headers)).Append("\r\n");
        if (random.Next(60) == 0) for (var n = 0; n < 100; n++) text.Append(CultureInfo.InvariantCulture, $"X-{n}: y\r\n");
        var body = Pick(random, _bodies);
        if (random.Next(100) == 0) body = $"{{\"part\": \"{new string('x', 2 << 20)}\"}}";
        if (random.Next(8) > 0) text.Append(CultureInfo.InvariantCulture, $"Content-Length: {Encoding.UTF8.GetByteCount(Fill(body))}\r\n");
        text.Append("Connection: close\r\n\r\n").Append(body);
        return Fill(text.ToString());

        string Fill(string of) => of.Replace("TOKEN", api.Token, StringComparison.Ordinal)
            .Replace("HOST", api.Url.Authority, StringComparison.Ordinal)
            .Replace("SWEEP", sweep, StringComparison.Ordinal).Replace("SECRET", outside, StringComparison.Ordinal);
    }

    private static string Pick(KeyedRandom random, string[] of) => of[random.Next(of.Length)];

    private static async Task<string> SendAsync(Uri url, string request)
    {
        // What says that more follows, and does not send it, is waited for.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        using var client = new TcpClient();
        await client.ConnectAsync(url.Host, url.Port, patience.Token);
        var stream = client.GetStream();
        var answer = new StringBuilder();
        try
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request), patience.Token);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var buffer = new char[8192];
            while (await reader.ReadAsync(buffer, patience.Token) is var read and > 0)
            {
                answer.Append(buffer, 0, read);
                // A stream of events goes on for ever.
                if (answer.ToString().Contains("text/event-stream", StringComparison.Ordinal)) break;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It was refused before it was read to its end, or never had one.
        }
        return answer.ToString();
    }

    private static string Show(string text) => text.Length > 1500 ? text[..1500] + "…" : text;
}
