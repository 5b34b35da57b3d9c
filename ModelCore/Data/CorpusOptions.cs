namespace Sweeps.ModelCore.Data;

/// <summary>The documents that models are trained on: idioms, files, or both mixed by weight [G A.6].</summary>
public sealed record CorpusOptions
{
    /// <summary>Generated Python; null for none.</summary>
    public IdiomsOptions? Idioms { get; init; }

    /// <summary>A folder of text; null for none.</summary>
    public FilesOptions? Files { get; init; }

    /// <summary>Fraction of the documents that are kept for validation; default 0.05.</summary>
    public double ValidationFraction { get; init; } = 0.05;

    /// <summary>What is wrong with these values, one sentence each with the option, the value and what was expected; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Idioms is null && Files is null) yield return "corpus is empty: expected idioms, files or both";
        if (!(ValidationFraction > 0 && ValidationFraction < 1)) yield return $"validation_fraction is {ValidationFraction}: expected above 0 and below 1";
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

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Documents < 20) yield return $"documents is {Documents}: expected at least 20";
        if (!(Weight > 0 && double.IsFinite(Weight))) yield return $"weight is {Weight}: expected a positive number";
    }
}

/// <summary>A folder of text, read in ordinal order of relative paths.</summary>
public sealed record FilesOptions
{
    /// <summary>The folder.</summary>
    public string Path { get; init; } = "";

    /// <summary>File endings that are read; default .py. In .jsonl files each line's "text" or "content" is a document.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = [".py"];

    /// <summary>Bytes of text after which reading stops; default 256 MiB.</summary>
    public long MaxBytes { get; init; } = 256L << 20;

    /// <summary>Share of the tokens when mixed; default 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Path.Length == 0) yield return "path is empty: expected a folder";
        if (Extensions.Count == 0) yield return "extensions is empty: expected at least one, such as .py";
        if (MaxBytes < 1) yield return $"max_bytes is {MaxBytes}: expected at least 1";
        if (!(Weight > 0 && double.IsFinite(Weight))) yield return $"weight is {Weight}: expected a positive number";
    }
}
