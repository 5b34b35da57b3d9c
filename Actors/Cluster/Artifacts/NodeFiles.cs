namespace Sweeps.Actors.Cluster.Artifacts;

/// <summary>What a node of a cluster without a folder that all see gives to others, and gets from them.</summary>
internal sealed class NodeFiles : IAsyncDisposable
{
    private readonly ClusterOptions _options;
    private readonly PublishedFiles _published = new();
    private readonly ArtifactClient _client;
    private readonly ArtifactCache? _cache;
    private ArtifactServer? _server;

    private NodeFiles(ClusterOptions options, ClusterCertificate? certificate, TimeProvider time)
    {
        (_options, _client) = (options, new ArtifactClient(certificate, time));
        try
        {
            if (options.HasOwnFolder) _cache = ArtifactCache.Open(options.Folder, options.CacheBytes, _client, time);
        }
        catch
        {
            _client.Dispose();
            throw;
        }
    }

    /// <summary>Those of a node with a folder of its own; null for one that sees the folder of all sweeps.</summary>
    public OwnFiles? Own => _cache is null ? null : new OwnFiles(_cache, _published, _options.ArtifactAddress);

    /// <summary>Opens the node's own folder, where it has one, and begins to listen.</summary>
    /// <param name="options">valid ones</param>
    /// <param name="certificate">by which nodes know each other, or null</param>
    /// <param name="time">the clock of pauses, and of what was used last</param>
    /// <exception cref="ArgumentException">the folder is no cache</exception>
    /// <exception cref="IOException">the folder cannot be written, or the port is not free</exception>
    /// <exception cref="UnauthorizedAccessException">the folder cannot be written</exception>
    public static async Task<NodeFiles> OpenAsync(ClusterOptions options, ClusterCertificate? certificate, TimeProvider time)
    {
        var files = new NodeFiles(options, certificate, time);
        try
        {
            files._server = await ArtifactServer.StartAsync(options.Host, options.ArtifactPort, certificate, files._published)
                .ConfigureAwait(false);
            return files;
        }
        catch
        {
            await files.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Those of all sweeps, for a node that may coordinate.</summary>
    /// <param name="sources">says what a job reads outside of the folder of all sweeps</param>
    public CoordinatorFiles ForCoordinator(Func<Job, JobSources> sources) =>
        new(_options.Folder, _options.ArtifactAddress, _published, _client, sources);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync().ConfigureAwait(false);
        _cache?.Dispose();
        _client.Dispose();
    }
}
