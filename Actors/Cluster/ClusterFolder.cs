using System.Security.Cryptography;
using System.Text;
using Sweeps.Files;

namespace Sweeps.Actors.Cluster;

/// <summary>
/// The folder of all sweeps, which all nodes of a cluster see. It has a mark of its own, by which a node that joins shows that it sees the
/// same one.
/// </summary>
public static class ClusterFolder
{
    /// <summary>The file with the mark.</summary>
    public const string MarkName = ".sweeps-cluster";

    /// <summary>The folder's mark; null when it has none, or cannot be read.</summary>
    public static string? Read(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, MarkName)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The folder's mark, made when it has none.</summary>
    /// <exception cref="IOException">the folder cannot be written</exception>
    /// <exception cref="UnauthorizedAccessException">the folder cannot be written</exception>
    public static string Mark(string folder)
    {
        Directory.CreateDirectory(folder);
        if (Read(folder) is { } mark) return mark;
        new ArtifactStore(folder).WriteBytes(
            MarkName, Encoding.UTF8.GetBytes($"{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}\n"));
        return Read(folder) ?? throw new IOException($"{folder}: its mark cannot be read again");
    }
}
