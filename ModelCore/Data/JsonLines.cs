using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Sweeps.ModelCore.Data;

/// <summary>A line of a .jsonl file.</summary>
/// <param name="Number">from 1</param>
/// <param name="Bytes">its length, without its end</param>
/// <param name="Text">its document; null where there is a problem</param>
/// <param name="Problem">what is wrong with it; null where there is a document</param>
internal readonly record struct JsonLine(long Number, long Bytes, byte[]? Text, string? Problem);

/// <summary>Reads files of which each line is a JSON object with a string "text" or "content". Blank lines are passed over.</summary>
internal static class JsonLines
{
    /// <summary>Bytes of a line, at most.</summary>
    public const int MaxLineBytes = 256 << 20;

    private const int ChunkBytes = 1 << 16;

    private static readonly string[] _names = ["text", "content"];

    /// <summary>The lines of <paramref name="stream"/>, one in memory at a time.</summary>
    public static IEnumerable<JsonLine> Read(Stream stream)
    {
        var number = 0L;
        foreach (var (line, bytes) in Lines(stream))
        {
            number++;
            var start = number == 1 && line.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
            if (bytes > MaxLineBytes) yield return new JsonLine(number, bytes, null, $"has {bytes} bytes, more than {MaxLineBytes}");
            else if (line.AsSpan(start).ContainsAnyExcept(" \t\r"u8)) yield return Parse(number, line.AsMemory(start));
        }
    }

    private static JsonLine Parse(long number, ReadOnlyMemory<byte> line)
    {
        if (!Utf8.IsValid(line.Span)) return Bad("not UTF-8");
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return Bad("expected an object with a string \"text\" or \"content\"");
            foreach (var name in _names)
            {
                if (json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
                    return new JsonLine(number, line.Length, Encoding.UTF8.GetBytes(value.GetString()!), null);
            }
            return Bad("expected a string \"text\" or \"content\"");
        }
        catch (JsonException)
        {
            return Bad("not JSON");
        }
        catch (InvalidOperationException)
        {
            return Bad("half of a surrogate pair, which stands for no character");
        }

        JsonLine Bad(string problem) => new(number, line.Length, null, problem);
    }

    // Of a line that is too long only its length is kept.
    private static IEnumerable<(byte[] Line, long Bytes)> Lines(Stream stream)
    {
        var (chunk, line, length) = (new byte[ChunkBytes], new MemoryStream(), 0L);
        while (stream.Read(chunk) is var read and > 0)
        {
            for (var start = 0; start < read;)
            {
                var end = Array.IndexOf(chunk, (byte)'\n', start, read - start);
                var part = (end < 0 ? read : end) - start;
                if (length + part <= MaxLineBytes) line.Write(chunk, start, part);
                length += part;
                start += part + 1;
                if (end < 0) break;
                yield return (line.ToArray(), length);
                line.SetLength(0);
                length = 0;
            }
        }
        if (length > 0) yield return (line.ToArray(), length);
    }
}
