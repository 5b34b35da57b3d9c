using System.Buffers;
using System.Text;

namespace Sweeps.ModelCore.Data;

/// <summary>The classes of characters that pre-tokenisation tells apart.</summary>
internal enum CharacterKind : byte
{
    /// <summary>\p{L}</summary>
    Letter,

    /// <summary>\p{N}</summary>
    Number,

    /// <summary>\r and \n, which are white space too.</summary>
    NewLine,

    /// <summary>Any other \s, Unicode's White_Space.</summary>
    Space,

    /// <summary>All else.</summary>
    Other,
}

/// <summary>
/// Reads characters from bytes. A sequence that is not UTF-8 counts as one character that is neither letter, number nor space, so that any
/// bytes can be cut and the pieces always join to the input.
/// </summary>
internal static class Characters
{
    /// <summary>The kind of the first character of <paramref name="text"/>, which is not empty, and its length in bytes.</summary>
    public static CharacterKind Kind(ReadOnlySpan<byte> text, out int length)
    {
        var b = text[0];
        if (b < 0x80)
        {
            length = 1;
            if (b is >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z') return CharacterKind.Letter;
            if (b is >= (byte)'0' and <= (byte)'9') return CharacterKind.Number;
            if (b is (byte)'\n' or (byte)'\r') return CharacterKind.NewLine;
            return b is (byte)' ' or (byte)'\t' or 0x0B or 0x0C ? CharacterKind.Space : CharacterKind.Other;
        }
        if (Rune.DecodeFromUtf8(text, out var rune, out length) != OperationStatus.Done) return CharacterKind.Other;
        if (Rune.IsLetter(rune)) return CharacterKind.Letter;
        if (Rune.IsNumber(rune)) return CharacterKind.Number;
        return Rune.IsWhiteSpace(rune) ? CharacterKind.Space : CharacterKind.Other;
    }

    /// <summary>Bytes of the characters of <paramref name="kind"/> that <paramref name="text"/> begins with.</summary>
    public static int Run(ReadOnlySpan<byte> text, CharacterKind kind)
    {
        var end = 0;
        while (end < text.Length && Kind(text[end..], out var n) == kind) end += n;
        return end;
    }
}
