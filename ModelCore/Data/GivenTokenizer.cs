using System.Text.Unicode;

namespace Sweeps.ModelCore.Data;

/// <summary>A tokenizer that the sweep file names, instead of one that is trained.</summary>
internal static class GivenTokenizer
{
    /// <summary>The tokenizer; null where the options name none.</summary>
    /// <exception cref="InvalidDataException">
    /// a file is missing or not sound, or the tokenizer would not give the tokens that its makers' program gives
    /// </exception>
    public static Tokenizer? Load(TokenizerOptions options)
    {
        var tokenizer = options switch
        {
            { JsonPath: { } json } => HuggingFaceTokenizer.Load(json, options.Pattern),
            { EncoderPath: { } encoder, MergesPath: { } merges } => Tokenizer.Load(encoder, merges, options.Pattern),
            _ => null,
        };
        if (tokenizer is not null) CheckPattern(tokenizer, options.JsonPath ?? options.EncoderPath!);
        return tokenizer;
    }

    // The files do not say by which pattern they were made, but entries do: with the makers' pattern almost every one is a piece or part of
    // one.
    private static void CheckPattern(Tokenizer tokenizer, string path)
    {
        var (misfits, first) = Misfits(tokenizer, tokenizer.Pattern);
        foreach (var other in Enum.GetValues<TokenizerPattern>())
        {
            var (fewer, _) = Misfits(tokenizer, other);
            if (fewer >= misfits) continue;
            var (stated, better) = (TokenizerFiles.Word(tokenizer.Pattern), TokenizerFiles.Word(other));
            throw TokenizerParts.Bad(
                path,
                $"{misfits} of its entries, such as \"{first}\", cannot come from text cut by the pattern {stated}, and {fewer} from text "
                    + $"cut by {better}: expected tokenizer.pattern = {better}, or a tokenizer made with a known pattern");
        }
    }

    // Entries that are parts of characters say nothing.
    private static (int Count, string First) Misfits(Tokenizer tokenizer, TokenizerPattern pattern)
    {
        var (pieces, count, first) = (PreTokenizer.Of(pattern), 0, "");
        for (var id = 0; id < tokenizer.VocabSize; id++)
        {
            var entry = tokenizer.Bytes(id).Span;
            if (entry.Length == 0 || !Utf8.IsValid(entry) || pieces(entry) == entry.Length) continue;
            if (count++ == 0) first = tokenizer.Display(id);
        }
        return (count, first);
    }
}
