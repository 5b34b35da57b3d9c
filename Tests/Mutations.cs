using System.Text;

namespace Sweeps.Tests;

/// <summary>Damages good input in the ways in which files, lines and their writers go wrong. A seed gives the same damage always.</summary>
internal static class Mutations
{
    private const long AlwaysAllowed = 64 << 20;

    private static readonly string[] _values =
    [
        "-1", "0", "9223372036854775807", "18446744073709551616", "1152921504606846976", "1e400", "-0.0", "NaN", "null", "true", "\"\"",
        "[]", "{}", "[null]", "{\"a\":null}",
        "\"\\ud800\"", "[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":", "\u0000", "../../../etc/passwd",
    ];

    /// <summary><paramref name="count"/> damaged forms of <paramref name="good"/>, each with one to three kinds of damage.</summary>
    public static IEnumerable<byte[]> Of(byte[] good, int count, ulong seed)
    {
        for (var i = 0; i < count; i++)
        {
            var random = new KeyedRandom(seed, i.ToString(System.Globalization.CultureInfo.InvariantCulture));
            var bytes = good;
            for (var n = random.Next(3); n >= 0; n--) bytes = Damage(bytes, random);
            yield return bytes;
        }
    }

    /// <summary>
    /// Runs a reader on bad input: it succeeds, or refuses with <typeparamref name="TRefusal"/> and a message that is not a book; and it
    /// needs no more memory than its input explains.
    /// </summary>
    /// <returns>whether it was refused</returns>
    public static bool Refuses<TRefusal>(byte[] input, Action read)
        where TRefusal : Exception
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refused = false;
        try
        {
            read();
        }
        catch (TRefusal e)
        {
            refused = true;
            Assert.InRange(e.Message.Length, 1, 4000);
        }
        catch (Exception e)
        {
            Assert.Fail(
                $"{e.GetType()} instead of {typeof(TRefusal)} for "
                    + $"{Convert.ToBase64String(input.AsSpan(0, Math.Min(input.Length, 3000)))}: {e}");
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AlwaysAllowed + (300L * input.Length));
        return refused;
    }

    private static byte[] Damage(byte[] bytes, KeyedRandom random)
    {
        if (bytes.Length == 0) return [(byte)random.Next(256)];
        var at = random.Next(bytes.Length);
        var length = Math.Min(1 + random.Next(16), bytes.Length - at);
        switch (random.Next(8))
        {
            case 0: return bytes[..at];
            case 1: return [.. bytes[..at], .. bytes[(at + length)..]];
            case 2: return [.. bytes[..(at + length)], .. bytes[at..]];
            case 3: return [.. bytes[..at], .. Enumerable.Range(0, length).Select(_ => (byte)random.Next(256)), .. bytes[at..]];
            case 4: return Value(bytes, at, random);
            case 5: return Value(bytes, at, random);
            default:
                var flipped = (byte[])bytes.Clone();
                flipped[at] ^= (byte)(1 << random.Next(8));
                return flipped;
        }
    }

    /// <summary>Another value in the place of a number or word.</summary>
    private static byte[] Value(byte[] bytes, int at, KeyedRandom random)
    {
        static bool InWord(byte b) => b is (byte)'-' or (byte)'.' || char.IsAsciiLetterOrDigit((char)b);
        while (at < bytes.Length && !InWord(bytes[at])) at++;
        var (start, end) = (at, at);
        while (start > 0 && InWord(bytes[start - 1])) start--;
        while (end < bytes.Length && InWord(bytes[end])) end++;
        // Quotes belong to the word, so that a text can become a number.
        if (start > 0 && end < bytes.Length && bytes[start - 1] == '"' && bytes[end] == '"') (start, end) = (start - 1, end + 1);
        return [.. bytes[..start], .. Encoding.UTF8.GetBytes(_values[random.Next(_values.Length)]), .. bytes[end..]];
    }
}
