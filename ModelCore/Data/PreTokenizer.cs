using System.Buffers;
using System.Text;

namespace Sweeps.ModelCore.Data;

/// <summary>
/// Cuts bytes into the pieces inside which byte pairs may merge, by the rule of OpenAI's circuit_sparsity tokenizer:
/// <c>[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// Scanned by hand, on bytes: a sequence that is not UTF-8 counts as one character that is neither letter, number nor space, so
/// any bytes can be cut and the pieces always join to the input.
/// </summary>
internal static class PreTokenizer
{
    private enum Kind : byte
    {
        Letter,
        Number,
        NewLine,
        Space,
        Other,
    }

    /// <summary>Length in bytes of the piece at the start of <paramref name="text"/>, which is not empty.</summary>
    public static int Next(ReadOnlySpan<byte> text)
    {
        var first = Classify(text, out var firstLength);
        switch (first)
        {
            case Kind.Letter:
                return firstLength + Run(text[firstLength..], Kind.Letter);
            case Kind.Number:
                return Number(text, firstLength);
            case Kind.Other or Kind.Space:
                var letters = Run(text[firstLength..], Kind.Letter);
                if (letters > 0) return firstLength + letters;
                break;
            default:
                break;
        }

        var start = text[0] == ' ' ? 1 : 0;
        var punctuation = Run(text[start..], Kind.Other);
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
        for (var digits = 1; digits < 3 && end < text.Length && Classify(text[end..], out var n) == Kind.Number; digits++) end += n;
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
            var kind = Classify(text[end..], out var n);
            if (kind is not (Kind.Space or Kind.NewLine)) break;
            last = end;
            end += n;
            if (kind == Kind.NewLine) afterBreak = end;
        }
        if (afterBreak > 0) return afterBreak;
        return end == text.Length || last == 0 ? end : last;
    }

    private static int Run(ReadOnlySpan<byte> text, Kind kind)
    {
        var end = 0;
        while (end < text.Length && Classify(text[end..], out var n) == kind) end += n;
        return end;
    }

    private static Kind Classify(ReadOnlySpan<byte> text, out int length)
    {
        var b = text[0];
        if (b < 0x80)
        {
            length = 1;
            if (b is >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z') return Kind.Letter;
            if (b is >= (byte)'0' and <= (byte)'9') return Kind.Number;
            if (b is (byte)'\n' or (byte)'\r') return Kind.NewLine;
            return b is (byte)' ' or (byte)'\t' or 0x0B or 0x0C ? Kind.Space : Kind.Other;
        }
        if (Rune.DecodeFromUtf8(text, out var rune, out length) != OperationStatus.Done) return Kind.Other;
        if (Rune.IsLetter(rune)) return Kind.Letter;
        if (Rune.IsNumber(rune)) return Kind.Number;
        return Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other;
    }
}
