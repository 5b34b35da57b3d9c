namespace Sweeps.Orchestrator.Cli;

/// <summary>Finds the tokenizer of a model that is imported: encoder.json with vocab.bpe, or a tokenizer.json.</summary>
internal static class ImportTokenizer
{
    private const string Encoder = "encoder.json";
    private const string Merges = "vocab.bpe";
    private const string Json = "tokenizer.json";

    /// <summary>The tokenizer's files, with full paths. They are not read.</summary>
    /// <param name="model">the model's folder or file, a full path</param>
    /// <param name="given">a folder or a tokenizer.json; null to look for one near the model</param>
    /// <exception cref="CliException">there is none</exception>
    public static TokenizerOptions Find(string model, string? given)
    {
        if (given is not null)
        {
            var full = Path.GetFullPath(given);
            if (File.Exists(full)) return new TokenizerOptions { JsonPath = full };
            return In(full) ?? throw new CliException(
                ExitCode.Invalid, $"--tokenizer is {given}: expected a folder with {Encoder} and {Merges}, or a {Json}");
        }
        var folder = Directory.Exists(model) ? model : Path.GetDirectoryName(model)!;
        string[] places = [folder, .. new[] { "tinypython", "corpus" }.Select(
            beside => Path.GetFullPath(Path.Combine(folder, "..", "..", beside)))];
        return places.Select(In).FirstOrDefault(found => found is not null)
            ?? throw new CliException(
                ExitCode.Invalid,
                $"there is no {Encoder} with a {Merges}, and no {Json}, in {string.Join(" or ", places)}: give the model's tokenizer with "
                    + $"--tokenizer");
    }

    private static TokenizerOptions? In(string folder)
    {
        var (encoder, merges, json) = (Path.Combine(folder, Encoder), Path.Combine(folder, Merges), Path.Combine(folder, Json));
        if (File.Exists(encoder) && File.Exists(merges)) return new TokenizerOptions { EncoderPath = encoder, MergesPath = merges };
        return File.Exists(json) ? new TokenizerOptions { JsonPath = json } : null;
    }
}
