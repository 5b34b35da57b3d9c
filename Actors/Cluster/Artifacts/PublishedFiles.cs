namespace Sweeps.Actors.Cluster.Artifacts;

/// <summary>The files that other nodes may fetch from this one, by digest, as long as somebody of this process wants them to. Thread-safe.
/// </summary>
internal sealed class PublishedFiles
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<string>> _paths = new(StringComparer.Ordinal);

    /// <summary>Lets files be fetched until the answer is disposed of.</summary>
    /// <param name="files">digests, and absolute paths of files that have or had them</param>
    public IDisposable Publish(IEnumerable<(string Sha256, string Path)> files)
    {
        var published = files.ToList();
        lock (_lock)
        {
            foreach (var (sha256, path) in published)
            {
                if (!_paths.TryGetValue(sha256, out var paths)) _paths[sha256] = paths = [];
                paths.Add(path);
            }
        }
        return new Publication(this, published);
    }

    /// <summary>The absolute path of a file that may be fetched; null where there is none of this digest.</summary>
    public string? Find(string sha256)
    {
        lock (_lock) return _paths.TryGetValue(sha256, out var paths) ? paths[^1] : null;
    }

    private void Withdraw(List<(string Sha256, string Path)> files)
    {
        lock (_lock)
        {
            foreach (var (sha256, path) in files)
                if (_paths.TryGetValue(sha256, out var paths) && paths.Remove(path) && paths.Count == 0) _paths.Remove(sha256);
        }
    }

    private sealed class Publication(PublishedFiles files, List<(string, string)> published) : IDisposable
    {
        private List<(string, string)>? _published = published;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _published, null) is { } open) files.Withdraw(open);
        }
    }
}
