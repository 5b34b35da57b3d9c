using System.IO.Enumeration;

namespace Sweeps.ModelCore.Data;

/// <summary>A file to read.</summary>
/// <param name="Name">its path below the folder, with slashes; of a single file its name</param>
/// <param name="FullPath">where it is</param>
/// <param name="Bytes">its size when it was listed</param>
internal readonly record struct ListedFile(string Name, string FullPath, long Bytes);

/// <summary>
/// Finds the files of a folder and its subfolders, and counts everything else by its reason. A link to a file is followed, wherever it
/// leads, unless that file is read anyway; a link to a folder is not, so that there are no loops.
/// </summary>
internal static class FileListing
{
    /// <summary>The files to read, folder by folder, links last. Always in the same order.</summary>
    /// <param name="options">path, endings and whether hidden files count</param>
    /// <param name="leftOut">counts what is not read</param>
    /// <param name="mostEntries">entries that are looked at, at most: for a look at the beginning</param>
    /// <exception cref="InvalidDataException">the path leads to neither a folder nor a file, or may not be read</exception>
    public static IEnumerable<ListedFile> Walk(FilesOptions options, LeftOutTally leftOut, int mostEntries = int.MaxValue)
    {
        var root = FileStatus.Of(options.Path);
        if (root.Kind == PathKind.File)
        {
            yield return new ListedFile(Path.GetFileName(options.Path), options.Path, root.Bytes);
            yield break;
        }
        if (root.Kind != PathKind.Folder)
            throw new InvalidDataException($"corpus.files.path: {WhyNot(root.Kind, options.Path)}: expected a folder or a file of text");

        var listed = new HashSet<(ulong, ulong)>();
        var links = new List<(ListedFile File, (ulong, ulong) Identity)>();
        var folders = new Stack<string>([""]);
        while (folders.TryPop(out var folder) && mostEntries > 0)
        {
            if (Entries(Path.Combine(options.Path, folder), mostEntries) is not { } entries)
            {
                if (folder.Length == 0) throw new InvalidDataException($"corpus.files.path: folder {options.Path} may not be read");
                leftOut.Add(LeftOutReason.UnreadableFolder, folder, 0);
                continue;
            }
            mostEntries -= entries.Count;
            var inside = new List<string>();
            foreach (var (name, isLink) in entries)
            {
                var below = folder.Length == 0 ? name : $"{folder}/{name}";
                var full = Path.Combine(options.Path, below);
                var status = FileStatus.Of(full);
                if (!options.Hidden && name[0] == '.') leftOut.Add(LeftOutReason.Hidden, below, status.Bytes);
                else if (status.Kind == PathKind.Folder && !isLink) inside.Add(below);
                else if (WhyLeftOut(status.Kind, isLink, name, options.Extensions) is { } reason) leftOut.Add(reason, below, status.Bytes);
                else if (isLink) links.Add((new ListedFile(below, full, status.Bytes), status.Identity));
                else
                {
                    listed.Add(status.Identity);
                    yield return new ListedFile(below, full, status.Bytes);
                }
            }
            // The last one in is the first one out.
            foreach (var below in Enumerable.Reverse(inside)) folders.Push(below);
        }
        foreach (var (file, identity) in links)
        {
            if (listed.Add(identity)) yield return file;
            else leftOut.Add(LeftOutReason.RepeatedLink, file.Name, file.Bytes);
        }
    }

    /// <summary>What was found on the machine that has the folder, in that order.</summary>
    /// <param name="listing">a file with <see cref="JobSources"/>, beside the copies</param>
    /// <param name="leftOut">counts what is not read</param>
    /// <exception cref="InvalidDataException">it is no listing of a corpus</exception>
    public static IEnumerable<ListedFile> Listed(string listing, LeftOutTally leftOut)
    {
        var found = JobSources.Load(listing).Corpus ?? throw new InvalidDataException($"{listing} lists no files of a corpus");
        var folder = Path.GetDirectoryName(listing)!;
        foreach (var one in found.LeftOut) leftOut.Add(one.Reason, one.Name, one.Bytes);
        // One that could not be read there cannot be read here either.
        return found.Files.Select(file => new ListedFile(
            file.Name, Path.Combine(folder, file.Copy is { } copy ? Path.GetFileName(copy.Path) : "unreadable"), file.Bytes));
    }

    private static LeftOutReason? WhyLeftOut(PathKind kind, bool isLink, string name, IReadOnlyList<string> endings) => kind switch
    {
        PathKind.Folder => LeftOutReason.FolderLink,
        PathKind.Other => LeftOutReason.NotAFile,
        PathKind.Nothing when isLink => LeftOutReason.BrokenLink,
        // A name that is not UTF-8, which .NET cannot ask for, or a file that has just gone.
        PathKind.Nothing or PathKind.Unreadable => LeftOutReason.UnreadableFile,
        _ => endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) ? null : LeftOutReason.OtherEnding,
    };

    private static string WhyNot(PathKind kind, string path) => kind switch
    {
        PathKind.Nothing => $"{path} does not exist",
        PathKind.Unreadable => $"{path} may not be looked at",
        _ => $"{path} is neither a folder nor a file",
    };

    // Null for a folder that may not be read.
    private static List<(string Name, bool IsLink)>? Entries(string folder, int most)
    {
        var all = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false };
        try
        {
            var entries = new FileSystemEnumerable<(string Name, bool IsLink)>(folder, Entry, all).Take(most).ToList();
            entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            return entries;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException or PathTooLongException)
        {
            return null;
        }

        static (string Name, bool IsLink) Entry(ref FileSystemEntry entry) =>
            (entry.FileName.ToString(), entry.Attributes.HasFlag(FileAttributes.ReparsePoint));
    }
}
