using System.Globalization;
using System.Security.Cryptography;
using Polly;

namespace Sweeps.Files;

/// <summary>
/// The files of a sweep's folder. Each is written once: to a temporary name beside its place, synced, renamed, and the folder synced, so
/// that
/// a file that has its name is whole even after a power cut. Whoever reads one checks its SHA-256. What may pass is
/// tried again for about two seconds, as <see cref="DiskRetries"/> says; a missing file or a full disk is told at once.
/// </summary>
public sealed class ArtifactStore
{
    private static readonly ResiliencePipeline _inRealTime = DiskRetries.Policy.Build(TimeProvider.System);

    private readonly ResiliencePipeline _retries;

    /// <summary>Opens the store at <paramref name="root"/>, which is created when missing.</summary>
    public ArtifactStore(string root)
        : this(root, _inRealTime)
    {
    }

    /// <summary>A store that tries again as <paramref name="retries"/> says.</summary>
    internal ArtifactStore(string root, ResiliencePipeline retries)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        _retries = retries;
        Root = Path.GetFullPath(root);
        Directory.CreateDirectory(Root);
    }

    /// <summary>The folder, absolute.</summary>
    public string Root { get; }

    /// <summary>The absolute path of a file of the store.</summary>
    /// <exception cref="ArgumentException">the path is absolute or leaves the folder</exception>
    public string FullPath(string relativePath)
    {
        ArgumentException.ThrowIfNullOrEmpty(relativePath);
        var full = Path.GetFullPath(Path.Combine(Root, relativePath));
        if (Path.IsPathRooted(relativePath) || !full.StartsWith(Root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new ArgumentException(
                $"artifact path '{relativePath}': expected a relative path inside the sweep's folder", nameof(relativePath));
        return full;
    }

    /// <summary>
    /// Writes a file by a function that is given an empty stream and must leave the whole content there; it is called once for each try.
    /// </summary>
    /// <exception cref="JobFailedException">the disk is full or refuses (the world's fault)</exception>
    public ArtifactRef Write(string relativePath, Action<Stream> write) => Write(relativePath, write, _ => { });

    /// <summary>
    /// Writes a file that exists elsewhere, as <see cref="Write(string, Action{Stream})"/> does; it gets its name only with the length and
    /// the digest that it has there.
    /// </summary>
    /// <exception cref="InvalidDataException">what was written is another content; nothing is changed</exception>
    /// <exception cref="JobFailedException">the disk is full or refuses (the world's fault)</exception>
    public void WriteCopy(ArtifactRef artifact, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        Write(artifact.Path, write, written =>
        {
            if (written == artifact) return;
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"{artifact.Path} has {written.Bytes} bytes with SHA-256 {written.Sha256}: expected {artifact.Bytes} with "
                    + $"{artifact.Sha256}"));
        });
    }

    /// <summary>Writes bytes.</summary>
    /// <exception cref="JobFailedException">the disk is full or refuses (the world's fault)</exception>
    public ArtifactRef WriteBytes(string relativePath, byte[] content) =>
        Write(relativePath, stream => stream.Write(content));

    /// <summary>The reference to a file that another writer put in its place, whole and synced.</summary>
    /// <exception cref="JobFailedException">the file cannot be read (the world's fault)</exception>
    public ArtifactRef Describe(string relativePath)
    {
        var path = FullPath(relativePath);
        return Read(path, file => new ArtifactRef(relativePath, Convert.ToHexStringLower(SHA256.HashData(file)), file.Length));
    }

    /// <summary>Checks a file's length and digest.</summary>
    /// <returns>its absolute path</returns>
    /// <exception cref="JobFailedException">
    /// the file is missing, is not the one that was written, or cannot be read (the world's fault)
    /// </exception>
    public string Verify(ArtifactRef artifact) =>
        FindDamage(artifact) is { } damage ? throw new JobFailedException(FailureKind.World, damage) : FullPath(artifact.Path);

    /// <summary>Whether a file is lost for good, rather than out of reach at the moment.</summary>
    /// <returns>one sentence when the file is missing or is not the one that was written; null when it is</returns>
    /// <exception cref="JobFailedException">it cannot be read, which says nothing about it (the world's fault)</exception>
    public string? FindDamage(ArtifactRef artifact)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        var path = FullPath(artifact.Path);
        try
        {
            return Read(path, file =>
            {
                const string Why = "the file is damaged or was replaced";
                if (file.Length != artifact.Bytes) return $"artifact {path} has {file.Length} bytes: expected {artifact.Bytes}; {Why}";
                var digest = Convert.ToHexStringLower(SHA256.HashData(file));
                return digest == artifact.Sha256 ? null : $"artifact {path} has SHA-256 {digest}: expected {artifact.Sha256}; {Why}";
            });
        }
        catch (JobFailedException e) when (e.InnerException is FileNotFoundException or DirectoryNotFoundException)
        {
            return e.Message;
        }
    }

    /// <summary>Reads a whole file and checks it.</summary>
    /// <exception cref="JobFailedException">the file is missing or is not the one that was written (the world's fault)</exception>
    public byte[] ReadVerified(ArtifactRef artifact) => Read(Verify(artifact), file =>
    {
        var content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    });

    /// <summary>Deletes what killed processes left half written. Only while no other process writes to the folder.</summary>
    public void DeleteTemporaries() => AtomicFile.DeleteTemporaries(Root);

    /// <summary>Deletes a file, or a folder with all that is in it, if it is there.</summary>
    /// <exception cref="IOException">it cannot be deleted</exception>
    /// <exception cref="UnauthorizedAccessException">it may not be deleted</exception>
    public void Delete(string relativePath)
    {
        var path = FullPath(relativePath);
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        else if (File.Exists(path)) File.Delete(path);
    }

    /// <summary>Opens a file of the store and reads it, again from its start where that fails and may pass.</summary>
    /// <exception cref="JobFailedException">the file is missing or cannot be read (the world's fault)</exception>
    internal T Read<T>(string path, Func<Stream, T> read)
    {
        try
        {
            return _retries.Execute(() =>
            {
                using var file = File.OpenRead(path);
                return read(file);
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JobFailedException(FailureKind.World, $"cannot read artifact {path}: {e.Message}", e);
        }
    }

    private ArtifactRef Write(string relativePath, Action<Stream> write, Action<ArtifactRef> check)
    {
        ArgumentNullException.ThrowIfNull(write);
        var path = FullPath(relativePath);
        var artifact = new ArtifactRef(relativePath, "", 0);
        try
        {
            _retries.Execute(() =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                AtomicFile.Write(path, stream =>
                {
                    write(stream);
                    stream.Position = 0;
                    artifact = new ArtifactRef(relativePath, Convert.ToHexStringLower(SHA256.HashData(stream)), stream.Length);
                    check(artifact);
                });
            });
            return artifact;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JobFailedException(FailureKind.World, $"cannot write {path}: {e.Message}", e);
        }
    }
}
