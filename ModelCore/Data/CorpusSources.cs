namespace Sweeps.ModelCore.Data;

/// <summary>What a corpus and a tokenizer are made from, looked at before any work begins.</summary>
public static class CorpusSources
{
    /// <summary>
    /// What is wrong with the files that these options name, each with the key of the option: a folder or file that is missing, empty of what is read, not readable, or of the
    /// wrong form. Reads of each file no more than its beginning, so that what is wrong further on shows only when the corpus is prepared.
    /// </summary>
    /// <param name="corpus">valid options</param>
    /// <param name="tokenizer">valid options</param>
    public static IEnumerable<(string Key, string Problem)> Check(CorpusOptions corpus, TokenizerOptions tokenizer)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (corpus.Files is { } files && Problem(() => FileSource.Check(files)) is { } ofFiles) yield return ("corpus.files.path", ofFiles);
        if (tokenizer is { EncoderPath: { } encoder, MergesPath: { } merges } && Problem(() => Tokenizer.Load(encoder, merges)) is { } ofTokenizer)
            yield return ("tokenizer.encoder_path", ofTokenizer);
    }

    private static string? Problem(Action check)
    {
        try
        {
            check();
            return null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
