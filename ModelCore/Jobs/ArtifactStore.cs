using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Sweeps.ModelCore.Jobs;

/// <summary>
/// The files of a sweep's folder. Each is written once: to a temporary name beside its place, synced, renamed, and the folder synced, so that
/// a file that has its name is whole even after a power cut. Whoever reads one checks its SHA-256.
/// </summary>
public sealed class ArtifactStore
{
    private static int _temporaries;

    /// <summary>Opens the store at <paramref name="root"/>, which is created when missing.</summary>
    public ArtifactStore(string root)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
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
            throw new ArgumentException($"artifact path '{relativePath}': expected a relative path inside the sweep's folder", nameof(relativePath));
        return full;
    }

    /// <summary>Writes a file by a function that is given the temporary file's absolute path; it must leave the whole content there.</summary>
    /// <exception cref="JobFailedException">the disk is full or refuses (the world's fault)</exception>
    public ArtifactRef WriteFile(string relativePath, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var path = FullPath(relativePath);
        var folder = Path.GetDirectoryName(path)!;
        // The name holds process and counter: a zombie of an earlier attempt may be writing the same artifact.
        var temporary = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture,
            $".{Path.GetFileName(path)}.{Environment.ProcessId}-{Interlocked.Increment(ref _temporaries)}.tmp"));
        try
        {
            Directory.CreateDirectory(folder);
            write(temporary);
            string digest;
            long length;
            using (var file = new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite))
            {
                digest = Convert.ToHexStringLower(SHA256.HashData(file));
                length = file.Length;
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
            SyncFolder(folder);
            return new ArtifactRef(relativePath, digest, length);
        }
        catch (IOException e)
        {
            throw new JobFailedException(FailureKind.World, $"cannot write {path}: {e.Message}", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new JobFailedException(FailureKind.World, $"cannot write {path}: {e.Message}", e);
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
    }

    /// <summary>Writes bytes.</summary>
    /// <exception cref="JobFailedException">the disk is full or refuses (the world's fault)</exception>
    public ArtifactRef WriteBytes(string relativePath, byte[] content) =>
        WriteFile(relativePath, temporary => File.WriteAllBytes(temporary, content));

    /// <summary>The reference to a file that another writer put in its place, whole and synced.</summary>
    /// <exception cref="JobFailedException">the file cannot be read (the world's fault)</exception>
    public ArtifactRef Describe(string relativePath)
    {
        var path = FullPath(relativePath);
        try
        {
            using var file = File.OpenRead(path);
            return new ArtifactRef(relativePath, Convert.ToHexStringLower(SHA256.HashData(file)), file.Length);
        }
        catch (IOException e)
        {
            throw new JobFailedException(FailureKind.World, $"cannot read artifact {path}: {e.Message}", e);
        }
    }

    /// <summary>Checks a file's length and digest.</summary>
    /// <returns>its absolute path</returns>
    /// <exception cref="JobFailedException">the file is missing or is not the one that was written (the world's fault)</exception>
    public string Verify(ArtifactRef artifact)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        var path = FullPath(artifact.Path);
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length != artifact.Bytes)
                throw new JobFailedException(FailureKind.World, $"artifact {path} has {file.Length} bytes: expected {artifact.Bytes}; the file is damaged or was replaced");
            var digest = Convert.ToHexStringLower(SHA256.HashData(file));
            if (digest != artifact.Sha256)
                throw new JobFailedException(FailureKind.World, $"artifact {path} has SHA-256 {digest}: expected {artifact.Sha256}; the file is damaged or was replaced");
            return path;
        }
        catch (IOException e)
        {
            throw new JobFailedException(FailureKind.World, $"cannot read artifact {path}: {e.Message}", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new JobFailedException(FailureKind.World, $"cannot read artifact {path}: {e.Message}", e);
        }
    }

    /// <summary>Reads a whole file and checks it.</summary>
    /// <exception cref="JobFailedException">the file is missing or is not the one that was written (the world's fault)</exception>
    public byte[] ReadVerified(ArtifactRef artifact) => File.ReadAllBytes(Verify(artifact));

    /// <summary>Deletes a file if it is there: an old checkpoint.</summary>
    public void Delete(string relativePath) => File.Delete(FullPath(relativePath));

    private static void SyncFolder(string folder)
    {
        // A rename is durable only when the folder that holds it is.
        using SafeFileHandle handle = LibC.OpenFolder(folder);
        if (!handle.IsInvalid) LibC.Sync(handle);
    }
}
