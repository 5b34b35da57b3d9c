namespace Sweeps.Contracts;

/// <summary>The documents that models are trained on: idioms, files, or both mixed by weight [G A.6].</summary>
public sealed record CorpusOptions
{
    /// <summary>Generated Python; null for none.</summary>
    public IdiomsOptions? Idioms { get; init; }

    /// <summary>Text files; null for none.</summary>
    public FilesOptions? Files { get; init; }

    /// <summary>Fraction of the documents that are kept for validation; default 0.05.</summary>
    public double ValidationFraction { get; init; } = 0.05;

    /// <summary>
    /// What is wrong with these values, one sentence each with the option, the value and what was expected; empty when nothing is.
    /// </summary>
    public IEnumerable<string> Validate()
    {
        if (Idioms is null && Files is null) yield return "corpus is empty: expected idioms, files or both";
        if (!(ValidationFraction > 0 && ValidationFraction < 1))
            yield return $"validation_fraction is {ValidationFraction}: expected above 0 and below 1";
        foreach (var problem in Idioms?.Validate() ?? []) yield return $"idioms.{problem}";
        foreach (var problem in Files?.Validate() ?? []) yield return $"files.{problem}";
    }
}

/// <summary>The built-in generator of short Python documents.</summary>
public sealed record IdiomsOptions
{
    /// <summary>Documents to generate.</summary>
    public int Documents { get; init; } = 50_000;

    /// <summary>Share of the tokens when mixed; default 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Tasks whose constructs get most of the documents; empty (default) for an even spread over all.</summary>
    public IReadOnlyList<string> Focus { get; init; } = [];

    /// <summary>Probability that a piece of code shows a construct of <see cref="Focus"/>; default 0.85, from 0 to 1.</summary>
    public double FocusShare { get; init; } = 0.85;

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Documents < 20) yield return $"documents is {Documents}: expected at least 20";
        if (!(Weight > 0 && double.IsFinite(Weight))) yield return $"weight is {Weight}: expected a positive number";
        if (!(FocusShare is >= 0 and <= 1)) yield return $"focus_share is {FocusShare}: expected 0 to 1";
        foreach (var name in Focus.Where(n => !IdiomNames.All.Contains(n)))
            yield return $"focus has '{name}': expected one of {string.Join(", ", IdiomNames.All)}; nearest is "
                + $"{Spelling.Nearest(name, IdiomNames.All)}";
    }
}

/// <summary>
/// Text files: a folder with its subfolders, or a single file. They are read in a seeded order, so that what <see cref="MaxBytes"/> admits
/// is a fair sample. What is there and is not read is counted by its reason (<see cref="LeftOutReason"/>).
/// </summary>
public sealed record FilesOptions
{
    /// <summary>The folder, or the file.</summary>
    public string Path { get; init; } = "";

    /// <summary>
    /// File endings that are read in a folder; default .py. In .jsonl files each line's "text" or "content" is a document.
    /// </summary>
    public IReadOnlyList<string> Extensions { get; init; } = [".py"];

    /// <summary>Whether files and folders whose names begin with a dot are read; default false.</summary>
    public bool Hidden { get; init; }

    /// <summary>
    /// What stands between the documents of one file, e.g. &lt;|endoftext|&gt;; the end of a line right after it belongs to it. Null
    /// (default): a file is a document. Not looked for in .jsonl files.
    /// </summary>
    public string? Separator { get; init; }

    /// <summary>Bytes of text: a document that would exceed them is left out; default 256 MiB.</summary>
    public long MaxBytes { get; init; } = 256L << 20;

    /// <summary>Bytes of a document: a longer one is cut at line ends into documents of a sixteenth of this; default 1 MiB.</summary>
    public int MaxDocumentBytes { get; init; } = 1 << 20;

    /// <summary>What becomes of equal documents; default: the first is read.</summary>
    public DuplicateDocuments Duplicates { get; init; }

    /// <summary>What becomes of line ends; default: they become LF.</summary>
    public LineEnds LineEnds { get; init; }

    /// <summary>
    /// Fraction of the lines of .jsonl files that may be damaged; default 0.01, from 0 to 1. Ten always may, unless it is 0.
    /// </summary>
    public double MaxDamaged { get; init; } = 0.01;

    /// <summary>Share of the tokens when mixed; default 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Path.Length == 0) yield return "path is empty: expected a folder or a file";
        if (Extensions.Count == 0) yield return "extensions is empty: expected at least one, such as .py";
        foreach (var e in Extensions.Where(e => e.Length < 2 || e[0] != '.'))
            yield return $"extensions has '{e}': expected a dot and letters, such as .py";
        if (Separator is { Length: 0 or > 1024 }) yield return $"separator has {Separator.Length} characters: expected 1 to 1024, or null";
        if (MaxBytes < 1) yield return $"max_bytes is {MaxBytes}: expected at least 1";
        if (MaxDocumentBytes is < 1024 or > 256 << 20) yield return $"max_document_bytes is {MaxDocumentBytes}: expected 1 KiB to 256 MiB";
        if (!(MaxDamaged is >= 0 and <= 1)) yield return $"max_damaged is {MaxDamaged}: expected 0 to 1";
        if (!(Weight > 0 && double.IsFinite(Weight))) yield return $"weight is {Weight}: expected a positive number";
    }
}
