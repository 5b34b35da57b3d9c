using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sweeps.Orchestrator.Web.Metrics;

/// <summary>
/// The file by which Prometheus finds a process (its file_sd_configs), for as long as the process is there. Of one that has failed or was
/// killed it stays, so that somebody is told that it is down.
/// </summary>
internal sealed class DiscoveryFile : IDisposable
{
    private readonly string _path;
    private bool _stays;

    private DiscoveryFile(string path) => _path = path;

    /// <summary>Writes it.</summary>
    /// <param name="folder">made where it is missing</param>
    /// <param name="url">where the process is</param>
    /// <exception cref="IOException">it cannot be written</exception>
    /// <exception cref="UnauthorizedAccessException">it may not be written</exception>
    public static DiscoveryFile Write(string folder, Uri url)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"sweeps-{url.Host.Trim('[', ']').Replace(':', '-')}-{url.Port}.json");
        var targets = new JsonArray(new JsonObject
        {
            ["targets"] = new JsonArray($"{url.Host}:{url.Port}"),
            ["labels"] = new JsonObject { ["__scheme__"] = url.Scheme },
        });
        // Prometheus reads it at any moment.
        var content = targets.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(content)));
        return new DiscoveryFile(path);
    }

    /// <summary>The process ends, and not in order: its file stays.</summary>
    public void Stay() => _stays = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_stays) return;
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It tells of a process that is down, as of one that was killed.
        }
    }
}
