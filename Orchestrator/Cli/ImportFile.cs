using System.Security.Cryptography;
using System.Text;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Orchestrator.Cli;

/// <summary>The sweep file that <c>sweeps import</c> writes into a sweep's folder.</summary>
/// <remarks>
/// Its first line has the digest of the lines below, by which a file that nobody has edited is known. Such a file is written anew, as long
/// as no sweep was begun in its folder.
/// </remarks>
internal static class ImportFile
{
    public const string Name = "import.hocon";

    private const string Beginning = "# Written by `sweeps import`";

    /// <summary>Writes it, unless it is there and says the same.</summary>
    /// <param name="folder">the sweep's, absolute; made where it is missing</param>
    /// <param name="text">what it says</param>
    /// <returns>its path</returns>
    /// <exception cref="CliException">it says something else, and was edited or belongs to a sweep that was begun</exception>
    public static string Write(string folder, string text)
    {
        var path = Path.Combine(folder, Name);
        if (File.Exists(path))
        {
            var (first, below) = Parts(File.ReadAllText(path));
            if (below == text) return path;
            if (SweepFolder.HasSweep(folder)) throw Refuse(path, "and the sweep of its folder has begun");
            if (first != FirstLine(below)) throw Refuse(path, "which is not what `sweeps import` wrote");
        }
        Directory.CreateDirectory(folder);
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(FirstLine(text) + text)));
        return path;
    }

    // A file without the line that says who wrote it is the user's own from its beginning on.
    private static (string First, string Below) Parts(string text)
    {
        var end = text.StartsWith(Beginning, StringComparison.Ordinal) ? text.IndexOf('\n', StringComparison.Ordinal) + 1 : 0;
        return (text[..end], text[end..]);
    }

    private static string FirstLine(string below) =>
        $"{Beginning}; SHA-256 of the lines below: {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(below)))}\n";

    private static CliException Refuse(string path, string why) => new(
        ExitCode.Refused,
        $"{path} is there and says something else, {why}: give another folder with --dir, or go on with `sweeps run {path} --dir "
            + $"{Path.GetDirectoryName(path)}`");
}
