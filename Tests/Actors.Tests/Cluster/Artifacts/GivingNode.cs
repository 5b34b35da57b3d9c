using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Sweeps.Actors.Cluster;
using Sweeps.Actors.Cluster.Artifacts;
using Sweeps.Files;
using Sweeps.Tests;

namespace Sweeps.Actors.Tests.Cluster.Artifacts;

/// <summary>A node that gives files, in a folder of its own, and one that fetches them.</summary>
internal sealed class GivingNode : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sweeps-artifacts-");
    private ArtifactServer _server = null!;

    public PublishedFiles Published { get; } = new();

    public ArtifactStore There { get; private set; } = null!;

    public ArtifactClient Client { get; private set; } = null!;

    public string Address => $"127.0.0.1:{_server.Port}";

    public static async Task<GivingNode> StartAsync(ClusterCertificate? certificate = null)
    {
        var made = new GivingNode();
        made.There = new ArtifactStore(made.Path("there"));
        made.Client = new ArtifactClient(certificate, new ImpatientTime());
        made._server = await ArtifactServer.StartAsync("127.0.0.1", 0, certificate, made.Published);
        return made;
    }

    public string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);

    /// <summary>Writes a file there, and lets it be fetched.</summary>
    public ArtifactRef Give(string path, int bytes, byte fill = 1)
    {
        var content = new byte[bytes];
        Array.Fill(content, fill);
        return Give(path, content);
    }

    public ArtifactRef Give(string path, byte[] content)
    {
        var artifact = There.WriteBytes(path, content);
        Published.Publish([(artifact.Sha256, There.FullPath(path))]);
        return artifact;
    }

    public ArtifactCache Cache(long limit) => ArtifactCache.Open(Path("cache"), limit, Client, TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

/// <summary>A node that answers every request with the words that it is given, one connection after another.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Queue<byte[]> _answers;

    public ScriptedServer(params byte[][] answers)
    {
        _answers = new(answers);
        _listener.Start();
        _ = AnswerAsync();
    }

    public string Address => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public List<string> Requests { get; } = [];

    public static byte[] Head(string status, params string[] headers) =>
        Encoding.ASCII.GetBytes(string.Join("\r\n", [$"HTTP/1.1 {status}", .. headers, "Connection: close", "", ""]));

    public static ArtifactRef Ref(string path, byte[] content) =>
        new(path, Convert.ToHexStringLower(SHA256.HashData(content)), content.Length);

    public void Dispose() => _listener.Dispose();

    private async Task AnswerAsync()
    {
        while (_answers.TryDequeue(out var answer))
        {
            using var client = await _listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            var request = new StringBuilder();
            while (await reader.ReadLineAsync() is { Length: > 0 } line) request.AppendLine(line);
            lock (Requests) Requests.Add(request.ToString());
            await stream.WriteAsync(answer);
        }
        _listener.Stop();
    }
}
