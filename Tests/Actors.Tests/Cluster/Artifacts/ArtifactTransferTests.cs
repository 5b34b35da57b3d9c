using System.Net;
using System.Net.Sockets;
using System.Text;
using Sweeps.Actors.Cluster.Artifacts;
using Sweeps.Files;
using Sweeps.Tests;

namespace Sweeps.Actors.Tests.Cluster.Artifacts;

/// <summary>Files go from node to node whole, with the digest that was asked for, or not at all.</summary>
public sealed class ArtifactTransferTests : IDisposable
{
    private static readonly byte[] _content = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 31 / 7))];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sweeps-transfer-");

    private ArtifactStore Here => new(_folder.FullName);

    [Fact]
    public async Task A_file_that_is_published_is_fetched_as_it_is()
    {
        await using var node = await GivingNode.StartAsync();
        foreach (var content in new[] { _content, [] })
        {
            var artifact = node.Give("a/model.safetensors", content);
            node.Client.Fetch(node.Address, artifact, Here, CancellationToken.None);
            Assert.Equal(content, File.ReadAllBytes(Here.FullPath(artifact.Path)));
        }
    }

    [Fact]
    public async Task A_file_that_is_published_no_more_is_not_there()
    {
        await using var node = await GivingNode.StartAsync();
        var artifact = node.There.WriteBytes("a", _content);
        var path = node.There.FullPath("a");
        var (first, second) = (node.Published.Publish([(artifact.Sha256, path)]), node.Published.Publish([(artifact.Sha256, path)]));
        first.Dispose();
        first.Dispose();
        node.Client.Fetch(node.Address, artifact, Here, CancellationToken.None);
        second.Dispose();
        var lost = Assert.Throws<ArtifactLostException>(
            () => node.Client.Fetch(node.Address, artifact, Here, CancellationToken.None));
        Assert.Equal($"{node.Address} has no a with SHA-256 {artifact.Sha256} to give", lost.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Another_content_than_was_asked_for_is_refused_and_leaves_nothing(int shorter)
    {
        await using var node = await GivingNode.StartAsync();
        var artifact = node.Give("a", _content);
        File.WriteAllBytes(node.There.FullPath("a"), new byte[_content.Length + shorter]);
        var lost = Assert.Throws<ArtifactLostException>(
            () => node.Client.Fetch(node.Address, artifact, Here, CancellationToken.None));
        var expected = shorter == 0 ? $"expected 100000 with {artifact.Sha256}" : "expected 100000";
        Assert.Contains(expected, lost.Message, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public void A_file_that_breaks_off_goes_on_where_it_was()
    {
        var (half, bytes) = (40_000, _content.Length);
        using var server = new ScriptedServer(
            [.. ScriptedServer.Head("200 OK", $"Content-Length: {bytes}"), .. _content[..half]],
            [.. ScriptedServer.Head(
                "206 Partial Content", $"Content-Length: {bytes - half}", $"Content-Range: bytes {half}-{bytes - 1}/{bytes}"),
                .. _content[half..]]);
        Fetch(server.Address);
        Assert.Equal(_content, File.ReadAllBytes(Here.FullPath("a")));
        Assert.DoesNotContain("Range:", server.Requests[0], StringComparison.Ordinal);
        Assert.Contains($"Range: bytes={half}-", server.Requests[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_gives_all_of_it_again_is_believed_too()
    {
        var head = ScriptedServer.Head("200 OK", $"Content-Length: {_content.Length}");
        using var server = new ScriptedServer([.. head, .. _content[..1000]], [.. head, .. _content]);
        Fetch(server.Address);
        Assert.Equal(_content, File.ReadAllBytes(Here.FullPath("a")));
    }

    [Fact]
    public void A_node_that_is_not_there_is_the_worlds_fault()
    {
        var failure = Assert.Throws<JobFailedException>(() => Fetch($"127.0.0.1:{FreePort()}"));
        Assert.Equal(FailureKind.World, failure.Kind);
        Assert.StartsWith("a was not fetched from 127.0.0.1:", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public void A_node_that_says_nothing_is_given_up()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var client = new ArtifactClient(null, new ImpatientTime(), TimeSpan.FromMilliseconds(20));
        var failure = Assert.Throws<JobFailedException>(() => client.Fetch(
            $"127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}", ScriptedServer.Ref("a", _content), Here, CancellationToken.None));
        Assert.Contains("nothing came for 0", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_gives_up_waits_for_nothing()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var client = new ArtifactClient(null, new ImpatientTime());
        using var stop = new CancellationTokenSource(50);
        Assert.ThrowsAny<OperationCanceledException>(() => client.Fetch(
            $"127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}", ScriptedServer.Ref("a", _content), Here, stop.Token));
    }

    [Fact]
    public async Task Others_than_fetch_may_read_parts_by_the_rules_of_HTTP()
    {
        await using var node = await GivingNode.StartAsync();
        var artifact = node.Give("a", _content);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{node.Address}/artifacts/{artifact.Sha256}");
        request.Headers.Range = new(99_990, null);
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(_content[99_990..], await response.Content.ReadAsByteArrayAsync());
        Assert.Equal($"\"{artifact.Sha256}\"", response.Headers.ETag!.Tag);
    }

    [Theory]
    [InlineData("GET /artifacts/../a")]
    [InlineData("GET /artifacts/%2e%2e/a")]
    [InlineData("GET /artifacts/..%2fa")]
    [InlineData("GET //etc/passwd")]
    [InlineData("GET /artifacts//etc/passwd")]
    [InlineData("GET /artifacts/")]
    [InlineData("GET /artifacts/SHA256/")]
    [InlineData("GET /artifacts/SHA256/../SHA256x")]
    [InlineData("GET /artifacts/UPPER")]
    [InlineData("GET /artifacts/0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("GET /a")]
    [InlineData("POST /artifacts/SHA256")]
    [InlineData("PUT /artifacts/SHA256")]
    [InlineData("DELETE /artifacts/SHA256")]
    [InlineData("GET /artifacts/LONG")]
    [InlineData("nonsense")]
    public async Task Whatever_else_is_asked_for_is_not_given(string line)
    {
        await using var node = await GivingNode.StartAsync();
        var artifact = node.Give("a", Encoding.ASCII.GetBytes("the secret"));
        var asked = line.Replace("SHA256", artifact.Sha256, StringComparison.Ordinal)
            .Replace("UPPER", artifact.Sha256.ToUpperInvariant(), StringComparison.Ordinal)
            .Replace("LONG", new string('a', 100_000), StringComparison.Ordinal);
        var answer = await AskAsync(node.Address, $"{asked} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
        Assert.Matches("^HTTP/1.1 4", answer);
        Assert.DoesNotContain("secret", answer, StringComparison.Ordinal);
        // And who asks for what there is gets it all the same.
        node.Client.Fetch(node.Address, artifact, Here, CancellationToken.None);
    }

    [Fact]
    public async Task A_request_with_a_body_is_refused_and_not_read()
    {
        await using var node = await GivingNode.StartAsync();
        var artifact = node.Give("a", _content);
        var answer = await AskAsync(
            node.Address, $"POST /artifacts/{artifact.Sha256} HTTP/1.1\r\nHost: here\r\nContent-Length: 9000000000\r\n\r\n");
        Assert.Matches("^HTTP/1.1 4", answer);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<string> AskAsync(string address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(address));
        var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII);
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
            return await reader.ReadToEndAsync();
        }
        catch (IOException)
        {
            return "HTTP/1.1 4: the connection was closed";
        }
    }

    private void Fetch(string from)
    {
        using var client = new ArtifactClient(null, new ImpatientTime());
        client.Fetch(from, ScriptedServer.Ref("a", _content), Here, CancellationToken.None);
    }
}
