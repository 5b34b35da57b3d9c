using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Importing;

/// <summary>The vocabulary of the tokenizer that a sweep file names, which imported models must share.</summary>
public static class GivenVocabulary
{
    /// <summary>How many entries it has; null where the file names no tokenizer.</summary>
    /// <exception cref="InvalidDataException">a file of it is missing or not sound</exception>
    public static int? Size(TokenizerOptions options) => GivenTokenizer.Load(options)?.VocabSize;
}
