namespace Sweeps.ModelCore.Data;

/// <summary>What a corpus and a tokenizer are made from, looked at before any work begins.</summary>
public static class CorpusSources
{
    /// <summary>
    /// What is wrong with the files that these options name, each with the key of the option: a folder or file that is missing, without a
    /// document, not readable, or of the wrong form. Reads no more of the corpus than until a document is found, so that what is wrong
    /// further on shows only when the corpus is prepared; of the tokenizer it reads all.
    /// </summary>
    /// <param name="corpus">valid options</param>
    /// <param name="tokenizer">valid options</param>
    public static IEnumerable<(string Key, string Problem)> Check(CorpusOptions corpus, TokenizerOptions tokenizer)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (corpus.Files is { } files && Problem(() => FileSource.Check(files)) is { } ofFiles) yield return ("corpus.files.path", ofFiles);
        if (Problem(() => GivenTokenizer.Load(tokenizer)) is { } ofTokenizer)
            yield return (tokenizer.JsonPath is null ? "tokenizer.encoder_path" : "tokenizer.json_path", ofTokenizer);
    }

    /// <summary>How many tokens models will know: those of the tokenizer that is given, or as many as one is to be trained to.</summary>
    /// <param name="tokenizer">options that <see cref="Check"/> finds nothing wrong with</param>
    /// <exception cref="InvalidDataException">a file of the tokenizer is missing or not sound</exception>
    public static int VocabSize(TokenizerOptions tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return GivenTokenizer.Load(tokenizer)?.VocabSize ?? tokenizer.VocabSize;
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
