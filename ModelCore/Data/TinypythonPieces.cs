namespace Sweeps.ModelCore.Data;

/// <summary>
/// <see cref="TokenizerPattern.Tinypython"/>:
/// <c>[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal static class TinypythonPieces
{
    /// <summary>Length in bytes of the piece at the start of <paramref name="text"/>, which is not empty.</summary>
    public static int Next(ReadOnlySpan<byte> text)
    {
        var first = Characters.Kind(text, out var firstLength);
        switch (first)
        {
            case CharacterKind.Letter:
                return firstLength + Characters.Run(text[firstLength..], CharacterKind.Letter);
            case CharacterKind.Number:
                return Number(text, firstLength);
            case CharacterKind.Other or CharacterKind.Space:
                var letters = Characters.Run(text[firstLength..], CharacterKind.Letter);
                if (letters > 0) return firstLength + letters;
                break;
            default:
                break;
        }

        var start = text[0] == ' ' ? 1 : 0;
        var punctuation = Characters.Run(text[start..], CharacterKind.Other);
        if (punctuation > 0)
        {
            var end = start + punctuation;
            while (end < text.Length && text[end] is (byte)'\r' or (byte)'\n' or (byte)'/') end++;
            return end;
        }
        return Whitespace(text);
    }

    private static int Number(ReadOnlySpan<byte> text, int end)
    {
        for (var digits = 1; digits < 3 && end < text.Length; digits++)
        {
            if (Characters.Kind(text[end..], out var n) != CharacterKind.Number) break;
            end += n;
        }
        return end;
    }

    // The last three alternatives: up to the last line break of the run; all of the run but the space that the next piece takes; all of it.
    private static int Whitespace(ReadOnlySpan<byte> text)
    {
        var end = 0;
        var last = 0;
        var afterBreak = 0;
        while (end < text.Length)
        {
            var kind = Characters.Kind(text[end..], out var n);
            if (kind is not (CharacterKind.Space or CharacterKind.NewLine)) break;
            last = end;
            end += n;
            if (kind == CharacterKind.NewLine) afterBreak = end;
        }
        if (afterBreak > 0) return afterBreak;
        return end == text.Length || last == 0 ? end : last;
    }
}
