using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Web.Events;
using Sweeps.Orchestrator.Web.Local;
using Sweeps.Orchestrator.Web.Metrics;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Web;

/// <summary>
/// The API of a process, from its port to its end. Everything that options can be wrong about shows before anything else begins; what costs
/// time comes later, while the sweep is at work.
/// </summary>
internal sealed class WebService : IAsyncDisposable
{
    /// <summary>The file that says where the API is, in the folder of the sweep, or of the node, while a process serves it.</summary>
    public const string AddressName = "http.json";

    /// <summary>The file with the token of commands, which only the user of the process can read.</summary>
    public const string TokenName = "http.token";

    private readonly WebPort? _port;
    private readonly AccessToken _token;
    private readonly X509Certificate2? _certificate;
    private readonly NodeOptions _options;
    private readonly WebLog _log;
    private readonly TimeProvider _time;
    private ((System.Net.Sockets.Socket Socket, string Path) Bound, string Folder)? _local;
    private string? _folder;
    private DiscoveryFile? _discovery;
    private string? _problem;
    private Task<WebServer>? _server;

    private WebService(
        WebPort? port, AccessToken token, X509Certificate2? certificate, NodeOptions options, WebLog log, TimeProvider time)
    {
        (_port, _token, _certificate, _options, _log, _time) = (port, token, certificate, options, log, time);
        Events = new EventHub(time);
    }

    /// <summary>Where the API is; null where it is off.</summary>
    public Uri? Url => _port?.Url;

    /// <summary>Tells those who look on what happens.</summary>
    public EventHub Events { get; }

    /// <summary>Takes the port.</summary>
    /// <param name="options">the node's: valid ones</param>
    /// <param name="log">the file of its log</param>
    /// <param name="time">the clock of its log</param>
    /// <exception cref="WebException">the port is taken, or a file of the options cannot be used</exception>
    public static WebService Prepare(NodeOptions options, string log, TimeProvider time)
    {
        var token = AccessToken.Of(options.Http);
        var certificate = Certificate(options.Http);
        MetricsExport.Begin();
        return new WebService(WebPort.Take(options.Http), token, certificate, options, new WebLog(log, time), time);
    }

    /// <summary>Begins to serve, on threads of its own.</summary>
    /// <param name="source">what is served</param>
    /// <param name="local">
    /// the folder in which this user's commands reach it too, by a socket; whoever holds the folder may say so. Null for none
    /// </param>
    /// <returns>done when it serves; nobody has to wait for it</returns>
    public Task StartAsync(ISweepSource source, string? local = null)
    {
        try
        {
            if (local is not null) _local = (ControlSocket.Listen(local), local);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _problem = $"it takes no commands of the command line: {e.Message}";
        }
        if (_port is null && _local is null) return Task.CompletedTask;
        return _server = Task.Run(() => WebServer.StartAsync(
            new WebParts(_port, _local?.Bound, source, _options, Events, _token, _certificate, _log, _time)));
    }

    /// <summary>
    /// Writes where the API is into a folder and, unless somebody has chosen one, the token. They are gone when the process has ended in
    /// order.
    /// </summary>
    /// <returns>why commands cannot find it, one sentence; null when they can</returns>
    public string? Announce(string folder)
    {
        if (_problem is not null || Url is not { } url) return _problem;
        _folder = folder;
        try
        {
            Directory.CreateDirectory(folder);
            if (!_token.IsChosen) WriteToken(Path.Combine(folder, TokenName));
            var path = Path.Combine(folder, AddressName);
            var address = JsonSerializer.Serialize(new WebAddress(url, Environment.ProcessId), JobJson.Indented) + "\n";
            AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(address)));
            if (_options.Http.DiscoveryFolder is { Length: > 0 } targets) _discovery = DiscoveryFile.Write(targets, url);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"nobody can find the API at {url}, or command by it: {e.Message}";
        }
    }

    /// <summary>The process will end since it has failed: what Prometheus finds it by stays.</summary>
    public void Fail() => _discovery?.Stay();

    public async ValueTask DisposeAsync()
    {
        if (_folder is { } folder)
        {
            foreach (var name in (string[])[AddressName, TokenName])
            {
                try
                {
                    File.Delete(Path.Combine(folder, name));
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // The next process writes it anew.
                }
            }
        }
        _discovery?.Dispose();
        Events.End();
        if (_server is not null) await (await _server).DisposeAsync();
        _port?.Dispose();
        if (_local is { } local)
        {
            local.Bound.Socket.Dispose();
            try
            {
                ControlSocket.Remove(local.Folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next process removes it.
            }
        }
        _certificate?.Dispose();
    }

    private static X509Certificate2? Certificate(HttpOptions options)
    {
        if (options.Certificate.Length == 0) return null;
        try
        {
            return X509CertificateLoader.LoadPkcs12FromFile(options.Certificate, options.CertificatePassword);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new WebException($"http.certificate is {options.Certificate}, which cannot be read as PKCS #12: {e.Message}", e);
        }
    }

    private void WriteToken(string path)
    {
        // A file that is there keeps its mode.
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new StreamWriter(path, options);
        file.Write(_token.Value + "\n");
    }
}

/// <summary>Where the API of a process is.</summary>
/// <param name="Url">its address</param>
/// <param name="Process">the process's number</param>
internal sealed record WebAddress(Uri Url, int Process);
