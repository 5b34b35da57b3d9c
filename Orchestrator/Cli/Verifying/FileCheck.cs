using System.Security.Cryptography;

namespace Sweeps.Orchestrator.Cli.Verifying;

/// <summary>Compares files with what the journal says of them.</summary>
internal sealed class FileCheck(string folder, FileProgress progress, int files, long totalBytes)
{
    private readonly ArtifactStore _store = new(folder);
    private readonly byte[] _buffer = new byte[1 << 20];
    private int _files;
    private long _bytes;

    /// <summary>What is wrong with a file, or null.</summary>
    public string? Problem(ArtifactRef expected)
    {
        _files++;
        try
        {
            using var file = new FileStream(
                _store.FullPath(expected.Path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (file.Length != expected.Bytes) return $"it has {file.Length} bytes: expected {expected.Bytes}";
            var digest = Digest(file);
            return digest == expected.Sha256 ? null : $"its SHA-256 is {digest}: expected {expected.Sha256}";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return "it is missing";
        }
        // ArgumentException: a path that leaves the folder.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"it cannot be read: {e.Message}";
        }
    }

    private string Digest(FileStream file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (file.Read(_buffer) is var read and > 0)
        {
            hash.AppendData(_buffer, 0, read);
            _bytes += read;
            progress.Report(_files, files, _bytes, totalBytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
