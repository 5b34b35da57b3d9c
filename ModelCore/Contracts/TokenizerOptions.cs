namespace Sweeps.Contracts;

/// <summary>The byte-level BPE tokenizer: trained on the corpus, or loaded from files.</summary>
public sealed record TokenizerOptions
{
    /// <summary>Entries: 256 bytes, the merges, and end-of-text last; default 2048. Ignored when files are given.</summary>
    public int VocabSize { get; init; } = 2048;

    /// <summary>encoder.json to load instead of training; null (default) to train.</summary>
    public string? EncoderPath { get; init; }

    /// <summary>vocab.bpe that belongs to <see cref="EncoderPath"/>.</summary>
    public string? MergesPath { get; init; }

    /// <summary>A Hugging Face tokenizer.json of this kind, to load instead; null (default) for none.</summary>
    public string? JsonPath { get; init; }

    /// <summary>
    /// How text is cut before byte pairs merge; null (default) for what the tokenizer's file says, or tinypython where it says nothing.
    /// </summary>
    public TokenizerPattern? Pattern { get; init; }

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (VocabSize is < 258 or > 65536)
            yield return $"vocab_size is {VocabSize}: expected 258 (256 bytes, one merge, end of text) to 65536";
        if (EncoderPath is null != MergesPath is null)
            yield return "encoder_path and merges_path belong together: expected both or neither";
        if (JsonPath is not null && EncoderPath is not null) yield return "json_path is given beside encoder_path: expected one of the two";
    }
}
