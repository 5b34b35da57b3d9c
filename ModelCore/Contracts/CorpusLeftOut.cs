namespace Sweeps.Contracts;

/// <summary>Why something that was found under <see cref="FilesOptions.Path"/> is not in the corpus.</summary>
public enum LeftOutReason
{
    /// <summary>A file or folder whose name begins with a dot; what is in such a folder is not looked at.</summary>
    Hidden,

    /// <summary>A file with none of the endings that are read.</summary>
    OtherEnding,

    /// <summary>A symbolic link to a folder.</summary>
    FolderLink,

    /// <summary>A symbolic link to a file that is read anyway.</summary>
    RepeatedLink,

    /// <summary>A symbolic link that leads nowhere, or to itself.</summary>
    BrokenLink,

    /// <summary>A pipe, a socket or a device.</summary>
    NotAFile,

    /// <summary>A folder that may not be read; what is in it is not known.</summary>
    UnreadableFolder,

    /// <summary>A file that may not be read.</summary>
    UnreadableFile,

    /// <summary>A document without text, or with white space alone.</summary>
    Empty,

    /// <summary>A document with a byte that is 0.</summary>
    Binary,

    /// <summary>A document that is not UTF-8.</summary>
    NotUtf8,

    /// <summary>A line of a .jsonl file that holds no document.</summary>
    Damaged,

    /// <summary>A document that is equal to an earlier one.</summary>
    Duplicate,

    /// <summary>A document, or a file that was not begun, for which <see cref="FilesOptions.MaxBytes"/> left no room.</summary>
    BeyondMaxBytes,

    /// <summary>A file that was not begun when the other source of a mixture had run dry.</summary>
    BeyondMix,
}

/// <summary>What is not in a corpus for one reason.</summary>
/// <param name="Reason">why</param>
/// <param name="Count">files, folders, lines or documents, whichever the reason speaks of</param>
/// <param name="Bytes">bytes in them, as far as they are known: 0 for folders</param>
public sealed record CorpusLeftOut(LeftOutReason Reason, long Count, long Bytes)
{
    /// <summary>All of <paramref name="leftOut"/> in words, e.g. "3 broken links, 1 damaged line"; "" where there is nothing.</summary>
    public static string InWords(IEnumerable<CorpusLeftOut> leftOut)
    {
        ArgumentNullException.ThrowIfNull(leftOut);
        return string.Join(", ", leftOut.Select(one => one.InWords()));
    }

    private string InWords()
    {
        var (singular, plural) = Reason switch
        {
            LeftOutReason.Hidden => ("hidden file or folder", "hidden files or folders"),
            LeftOutReason.OtherEnding => ("file with another ending", "files with other endings"),
            LeftOutReason.FolderLink => ("link to a folder", "links to folders"),
            LeftOutReason.RepeatedLink => ("link to a file that is read anyway", "links to files that are read anyway"),
            LeftOutReason.BrokenLink => ("broken link", "broken links"),
            LeftOutReason.NotAFile => ("pipe, socket or device", "pipes, sockets or devices"),
            LeftOutReason.UnreadableFolder => ("folder that may not be read", "folders that may not be read"),
            LeftOutReason.UnreadableFile => ("file that may not be read", "files that may not be read"),
            LeftOutReason.Empty => ("empty document", "empty documents"),
            LeftOutReason.Binary => ("binary document", "binary documents"),
            LeftOutReason.NotUtf8 => ("document that is not UTF-8", "documents that are not UTF-8"),
            LeftOutReason.Damaged => ("damaged line", "damaged lines"),
            LeftOutReason.Duplicate => ("document equal to another", "documents equal to others"),
            LeftOutReason.BeyondMaxBytes => ("document or file beyond max_bytes", "documents or files beyond max_bytes"),
            LeftOutReason.BeyondMix => ("file that the mixture did not reach", "files that the mixture did not reach"),
            _ => throw new ArgumentOutOfRangeException(nameof(Reason), Reason, "expected a known reason"),
        };
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Count:#,0} {(Count == 1 ? singular : plural)}");
    }
}
