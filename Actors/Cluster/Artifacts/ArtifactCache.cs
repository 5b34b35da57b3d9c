using System.Text;
using Sweeps.Files;

namespace Sweeps.Actors.Cluster.Artifacts;

/// <summary>
/// The folder of a node that does not see that of all sweeps: it has the same paths, and of the files those that jobs here have read or
/// written. A file is checked against its digest before a job is given it, whoever put it there and when. Thread-safe; its methods wait,
/// and want a thread for that.
/// </summary>
internal sealed class ArtifactCache : IDisposable
{
    /// <summary>The file that marks a folder as such a cache, and that the process which uses it holds open.</summary>
    public const string MarkName = ".sweeps-cache";

    // A folder with a hundred thousand files is not to be looked through for each of them.
    private const int LookEvery = 256;

    private readonly Lock _lock = new();
    private readonly Lock _trimming = new();
    private readonly long _limit;
    private readonly ArtifactClient _client;
    private readonly TimeProvider _time;
    private readonly FileStream _held;
    private readonly Dictionary<string, TaskCompletionSource> _staging = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Sha256, long Bytes, DateTime Written)> _sound = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _pins = new(StringComparer.Ordinal);
    private long _total = long.MaxValue;
    private int _changes;
    private volatile bool _full;

    private ArtifactCache(string root, long limit, ArtifactClient client, TimeProvider time, FileStream held) =>
        (Root, _limit, _client, _time, _held) = (root, limit, client, time, held);

    /// <summary>The folder, absolute.</summary>
    public string Root { get; }

    /// <summary>Opens the cache in a folder, with what it had before; deletes what killed processes left half written.</summary>
    /// <param name="root">a folder that is empty, or was such a cache before; made when it is missing</param>
    /// <param name="limit">bytes of files, beside those in use</param>
    /// <param name="client">fetches files</param>
    /// <param name="time">the clock that says what was used last</param>
    /// <exception cref="ArgumentException">the folder has something else</exception>
    /// <exception cref="IOException">it cannot be written, or another process uses it</exception>
    /// <exception cref="UnauthorizedAccessException">it cannot be written</exception>
    public static ArtifactCache Open(string root, long limit, ArtifactClient client, TimeProvider time)
    {
        var store = new ArtifactStore(root);
        var mark = Path.Combine(store.Root, MarkName);
        if (File.Exists(Path.Combine(store.Root, ClusterFolder.MarkName)))
        {
            throw new ArgumentException(
                $"cluster.folder is {root}, the folder of all sweeps (it has {ClusterFolder.MarkName}): expected shared = true, or a "
                    + "folder of this node's own");
        }
        if (!File.Exists(mark))
        {
            // Files are deleted here, and must not be anybody's.
            if (Directory.EnumerateFileSystemEntries(store.Root).Any())
                throw new ArgumentException($"cluster.folder is {root}, which has files of others: expected an empty folder for the cache");
            store.WriteBytes(MarkName, Encoding.UTF8.GetBytes("The cache of a node of Sweeps: files here may be deleted at any time.\n"));
        }
        FileStream held;
        try
        {
            held = new FileStream(mark, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException($"cluster.folder is {root}, which another node uses: expected a folder of this node's own", e);
        }
        store.DeleteTemporaries();
        return new ArtifactCache(store.Root, limit, client, time, held);
    }

    /// <summary>Whether what was not fetched is lost for good, and the job may do without it.</summary>
    /// <param name="artifact">the file</param>
    public delegate bool MayLack(ArtifactRef artifact);

    /// <summary>Sees to it that files are here and are what they should be.</summary>
    /// <param name="folder">the sweep's, below the root</param>
    /// <param name="files">their paths are relative to that</param>
    /// <param name="output">a folder that the job writes to, relative to that; null for none</param>
    /// <param name="from">host:port of the node that has what is missing</param>
    /// <param name="mayLack">is asked about a file that is lost for good</param>
    /// <param name="cancellation">gives it up</param>
    /// <returns>keeps the files, and what is written to the output, until it is disposed of</returns>
    /// <exception cref="JobFailedException">a file cannot be had (the world's fault)</exception>
    /// <exception cref="OperationCanceledException">it was given up</exception>
    public IDisposable Stage(
        string folder, IReadOnlyList<ArtifactRef> files, string? output, string from, MayLack mayLack, CancellationToken cancellation)
    {
        var store = StoreOf(folder);
        var pin = Pin([
            .. files.Select(file => store.FullPath(file.Path)),
            .. output is null ? Array.Empty<string>() : [store.FullPath(output)]]);
        try
        {
            foreach (var file in files)
            {
                try
                {
                    StageOne(store, file, from, cancellation);
                }
                catch (ArtifactLostException e)
                {
                    if (!mayLack(file)) throw new JobFailedException(FailureKind.World, e.Message, e);
                }
            }
            return pin;
        }
        catch
        {
            pin.Dispose();
            throw;
        }
    }

    /// <summary>Keeps files and folders until the answer is disposed of.</summary>
    /// <param name="paths">absolute</param>
    public IDisposable Pin(IReadOnlyList<string> paths)
    {
        lock (_lock)
            foreach (var path in paths) _pins[path] = _pins.GetValueOrDefault(path) + 1;
        return new Pins(this, paths);
    }

    /// <summary>Takes nothing for granted any more: a job has said that something is wrong with the files of a folder.</summary>
    public void Doubt(string folder)
    {
        var prefix = StoreOf(folder).Root + Path.DirectorySeparatorChar;
        lock (_lock)
            foreach (var path in _sound.Keys.Where(path => path.StartsWith(prefix, StringComparison.Ordinal)).ToList()) _sound.Remove(path);
    }

    /// <summary>Deletes what was not used for longest until there is room; what is in use stays, also beyond the limit.</summary>
    /// <param name="bytes">of a file that is to come</param>
    public void MakeRoom(long bytes)
    {
        lock (_trimming)
        {
            if (!IsTooMuch(bytes)) return;
            // As they are at this moment: a job may write another, or delete one, before it is looked at again.
            var files = new DirectoryInfo(Root).EnumerateFiles("*", new EnumerationOptions
            {
                RecurseSubdirectories = true,
                AttributesToSkip = FileAttributes.ReparsePoint,
                IgnoreInaccessible = true,
            }).Where(file => file.Name != MarkName && !AtomicFile.IsTemporary(file.Name))
                .Select(file => (File: file, file.Exists, Bytes: file.Exists ? file.Length : 0, Used: file.LastAccessTimeUtc))
                .Where(file => file.Exists).ToList();
            (_total, _changes) = (files.Sum(file => file.Bytes) + bytes, 0);
            foreach (var (file, _, length, _) in files.OrderBy(f => f.Used).ThenBy(f => f.File.FullName, StringComparer.Ordinal))
            {
                if (_total <= _limit) break;
                if (TryDelete(file)) _total -= length;
            }
            // All that is left is in use: there is nothing to look for until some of it is not.
            _full = _total > _limit;
        }
    }

    /// <summary>Counts what a job has written, and deletes other files where that is too much.</summary>
    /// <param name="bytes">of files that are here</param>
    public void Count(long bytes)
    {
        lock (_trimming)
        {
            if (IsTooMuch(bytes)) MakeRoom(0);
        }
    }

    /// <summary>Whether the folder must be looked through: there seems to be too much in it, or the count is old.</summary>
    private bool IsTooMuch(long bytes)
    {
        if (_total == long.MaxValue) return true;
        _total += bytes;
        return (_total > _limit && !_full) || ++_changes % LookEvery == 0;
    }

    /// <summary>Does work with files on a thread of its own, when it is its turn.</summary>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation) => _client.RunAsync(work, cancellation);

    public ArtifactStore StoreOf(string folder) => new(new ArtifactStore(Root).FullPath(folder));

    /// <inheritdoc/>
    public void Dispose() => _held.Dispose();

    private void StageOne(ArtifactStore store, ArtifactRef file, string from, CancellationToken cancellation)
    {
        var path = store.FullPath(file.Path);
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (true)
        {
            TaskCompletionSource? others;
            lock (_lock)
                if (!_staging.TryGetValue(path, out others)) _staging[path] = mine;
            if (others is null) break;
            // Another job wants it too; once it is there, or was not to be had for that one, it is looked at again.
            others.Task.Wait(cancellation);
        }
        try
        {
            if (!IsSound(store, file, path))
            {
                MakeRoom(file.Bytes);
                _client.Fetch(from, file, store, cancellation);
                Believe(path, file);
            }
            File.SetLastAccessTimeUtc(path, _time.GetUtcNow().UtcDateTime);
        }
        finally
        {
            lock (_lock) _staging.Remove(path);
            mine.SetResult();
        }
    }

    private bool IsSound(ArtifactStore store, ArtifactRef file, string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists || info.Length != file.Bytes) return false;
        lock (_lock)
            if (_sound.TryGetValue(path, out var known) && known == (file.Sha256, file.Bytes, info.LastWriteTimeUtc)) return true;
        if (store.FindDamage(file) is not null) return false;
        Believe(path, file);
        return true;
    }

    private void Believe(string path, ArtifactRef file)
    {
        var written = File.GetLastWriteTimeUtc(path);
        lock (_lock) _sound[path] = (file.Sha256, file.Bytes, written);
    }

    private bool TryDelete(FileInfo file)
    {
        lock (_lock)
        {
            if (IsPinned(file.FullName)) return false;
            try
            {
                file.Delete();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false; // another may go in its place
            }
            _sound.Remove(file.FullName);
            DeleteEmpty(file.Directory);
            return true;
        }
    }

    private void DeleteEmpty(DirectoryInfo? folder)
    {
        for (; folder is not null && folder.FullName != Root; folder = folder.Parent)
        {
            try
            {
                if (folder.EnumerateFileSystemInfos().Any() || HasPinsBelow(folder.FullName)) return;
                folder.Delete();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return; // something has come into it
            }
        }
    }

    private bool IsPinned(string path)
    {
        for (var part = path; part is not null && part != Root; part = Path.GetDirectoryName(part))
            if (_pins.ContainsKey(part)) return true;
        return false;
    }

    private bool HasPinsBelow(string folder) =>
        _pins.Keys.Any(pin => pin == folder || pin.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            || IsPinned(folder);

    private void Unpin(IReadOnlyList<string> paths)
    {
        lock (_lock)
        {
            foreach (var path in paths)
            {
                if (_pins[path] == 1) _pins.Remove(path);
                else _pins[path]--;
            }
        }
        _full = false;
    }

    private sealed class Pins(ArtifactCache cache, IReadOnlyList<string> paths) : IDisposable
    {
        private IReadOnlyList<string>? _paths = paths;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _paths, null) is { } open) cache.Unpin(open);
        }
    }
}
