namespace Sweeps.ModelCore.Data;

/// <summary>
/// <see cref="TokenizerPattern.Gpt2"/>:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal static class Gpt2Pieces
{
    /// <summary>Length in bytes of the piece at the start of <paramref name="text"/>, which is not empty.</summary>
    public static int Next(ReadOnlySpan<byte> text)
    {
        if (text[0] == '\'' && Contraction(text[1..]) is > 0 and var letters) return 1 + letters;
        var start = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        var kind = Characters.Kind(text[start..], out _);
        return kind is CharacterKind.Space or CharacterKind.NewLine ? WhiteSpace(text) : start + Characters.Run(text[start..], kind);
    }

    private static int Contraction(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("s"u8) || text.StartsWith("t"u8) || text.StartsWith("m"u8) || text.StartsWith("d"u8)) return 1;
        return text.StartsWith("re"u8) || text.StartsWith("ve"u8) || text.StartsWith("ll"u8) ? 2 : 0;
    }

    // All of the run but the last character, which the next piece takes if it is a space; all of it at the end of the text, or where it is
    // one character.
    private static int WhiteSpace(ReadOnlySpan<byte> text)
    {
        var (end, last) = (0, 0);
        while (end < text.Length && Characters.Kind(text[end..], out var n) is CharacterKind.Space or CharacterKind.NewLine)
            (last, end) = (end, end + n);
        return end == text.Length || last == 0 ? end : last;
    }
}
