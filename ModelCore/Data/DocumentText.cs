using System.Buffers;
using System.Text.Unicode;

namespace Sweeps.ModelCore.Data;

/// <summary>What makes bytes a document: UTF-8 without NUL, with something to read in it.</summary>
internal static class DocumentText
{
    private static readonly SearchValues<byte> _whiteSpace = SearchValues.Create(" \t\r\n\f\v"u8);

    /// <summary>Why <paramref name="text"/> is no document; null where it is one.</summary>
    public static LeftOutReason? WhyNot(ReadOnlySpan<byte> text)
    {
        if (text.Contains((byte)0)) return LeftOutReason.Binary;
        if (!Utf8.IsValid(text)) return LeftOutReason.NotUtf8;
        return text.ContainsAnyExcept(_whiteSpace) ? null : LeftOutReason.Empty;
    }

    /// <summary><paramref name="text"/> with LF for CR LF and for CR; the same array where it has no CR.</summary>
    public static byte[] Normalized(byte[] text)
    {
        if (!text.AsSpan().Contains((byte)'\r')) return text;
        var length = 0;
        var result = new byte[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' && i > 0 && text[i - 1] == '\r') continue;
            result[length++] = text[i] == '\r' ? (byte)'\n' : text[i];
        }
        return result[..length];
    }

    /// <summary>
    /// Where a document that is longer than <paramref name="size"/> is cut: behind its last line end up to there, else between two
    /// characters.
    /// </summary>
    /// <returns>1 to <paramref name="size"/> bytes</returns>
    public static int Cut(ReadOnlySpan<byte> text, int size)
    {
        var line = text[..size].LastIndexOf((byte)'\n') + 1;
        if (line > 0) return line;
        var cut = size;
        while (cut > 0 && (text[cut] & 0xC0) == 0x80) cut--;
        return cut > 0 ? cut : size;
    }

    /// <summary>A document cut at line ends into pieces of at most <paramref name="size"/> bytes.</summary>
    public static IEnumerable<byte[]> Blocks(byte[] text, int size)
    {
        var start = 0;
        while (text.Length - start > size)
        {
            var cut = Cut(text.AsSpan(start), size);
            yield return text[start..(start + cut)];
            start += cut;
        }
        yield return start == 0 ? text : text[start..];
    }
}
