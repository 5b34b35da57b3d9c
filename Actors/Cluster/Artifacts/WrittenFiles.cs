using Sweeps.Files;

namespace Sweeps.Actors.Cluster.Artifacts;

/// <summary>What a job writes into its folder, its checkpoints left aside: what is there at its end and was not at its beginning.</summary>
internal sealed class WrittenFiles
{
    private readonly ArtifactStore _store;
    private readonly string _output;
    private readonly string? _checkpoints;
    private readonly Dictionary<string, (long Bytes, DateTime Written)> _before;

    /// <summary>Looks at the folder before the job begins.</summary>
    /// <param name="store">the sweep's files</param>
    /// <param name="job">the job</param>
    public WrittenFiles(ArtifactStore store, Job job)
    {
        (_store, _output) = (store, store.FullPath(job.Output));
        _checkpoints = job.CheckpointFolder is { } folder ? store.FullPath(folder) + Path.DirectorySeparatorChar : null;
        _before = List().ToDictionary(file => file.FullName, file => (file.Length, file.LastWriteTimeUtc), StringComparer.Ordinal);
    }

    /// <summary>Reads what was written since, in the order of the paths.</summary>
    /// <exception cref="JobFailedException">a file cannot be read (the world's fault)</exception>
    public IReadOnlyList<ArtifactRef> Read() =>
    [
        .. List().Where(file => !_before.TryGetValue(file.FullName, out var before) || before != (file.Length, file.LastWriteTimeUtc))
            .OrderBy(file => file.FullName, StringComparer.Ordinal)
            .Select(file => _store.Describe(Path.GetRelativePath(_store.Root, file.FullName).Replace('\\', '/'))),
    ];

    private IEnumerable<FileInfo> List() => Directory.Exists(_output)
        ? new DirectoryInfo(_output).EnumerateFiles("*", SearchOption.AllDirectories).Where(file =>
            file.Name[0] != '.' && (_checkpoints is null || !file.FullName.StartsWith(_checkpoints, StringComparison.Ordinal)))
        : [];
}
