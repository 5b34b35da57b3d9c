using System.Buffers.Text;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sweeps.Actors.Journal;

/// <summary>
/// The bytes of records: one JSON object whose first member is the checksum of all bytes behind it, and whose last member is the event or
/// the state as the registry gave it. Only these bytes are read: no white space, no other order.
/// </summary>
internal static class RecordFormat
{
    /// <summary>Where the checksum's hexadecimal digits begin.</summary>
    public const int ChecksumAt = 13;

    /// <summary>Where the bytes that it covers begin.</summary>
    public const int RestAt = ChecksumAt + RecordChecksum.HexLength + 1;

    private static readonly JavaScriptEncoder s_encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private static ReadOnlySpan<byte> Head => "{\"checksum\":\""u8;

    /// <summary>The bytes with zeros for the checksum.</summary>
    public static byte[] Event(long number, string entity, string writer, ReadOnlySpan<byte> payload)
        => Compose(number, ",\"entity\":\""u8, entity, "\",\"writer\":\""u8, writer, "\",\"event\":"u8, payload);

    /// <summary>The bytes with zeros for the checksum.</summary>
    public static byte[] Snapshot(long number, string chain, ReadOnlySpan<byte> payload)
        => Compose(number, ",\"chain\":\""u8, chain, [], "", "\",\"state\":"u8, payload);

    /// <summary>What stands behind the checksum of an event.</summary>
    /// <exception cref="JsonException">it is not the form that <see cref="Event"/> gives</exception>
    public static (long Number, string Entity, string Writer, ReadOnlyMemory<byte> Payload) ReadEvent(ReadOnlyMemory<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes.Span);
        var number = ReadNumber(ref reader);
        var entity = ReadText(ref reader, "entity"u8);
        var writer = ReadText(ref reader, "writer"u8);
        return (number, entity, writer, ReadPayload(ref reader, "event"u8, bytes));
    }

    /// <summary>What stands behind the checksum of a snapshot.</summary>
    /// <exception cref="JsonException">it is not the form that <see cref="Snapshot"/> gives</exception>
    public static (long Number, string Chain, ReadOnlyMemory<byte> Payload) ReadSnapshot(ReadOnlyMemory<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes.Span);
        var number = ReadNumber(ref reader);
        var chain = ReadText(ref reader, "chain"u8);
        return (number, chain, ReadPayload(ref reader, "state"u8, bytes));
    }

    /// <summary>Whether the bytes begin as all records do and carry this checksum.</summary>
    public static bool HasChecksum(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> checksum)
    {
        Span<byte> hex = stackalloc byte[RecordChecksum.HexLength];
        Convert.TryToHexStringLower(checksum, hex, out _);
        return bytes.Length > RestAt
            && bytes.StartsWith(Head)
            && bytes.Slice(ChecksumAt, RecordChecksum.HexLength).SequenceEqual(hex)
            && bytes[RestAt - 1] == (byte)'"';
    }

    public static string Manifest(SerializedEvent e) => string.Create(CultureInfo.InvariantCulture, $"{e.Name}/{e.Version}");

    /// <exception cref="JsonException">it is not "name/version"</exception>
    public static SerializedEvent WithManifest(string manifest, ReadOnlyMemory<byte> payload)
    {
        var slash = manifest.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && int.TryParse(manifest.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? new SerializedEvent(manifest[..slash], version, payload)
            : throw new JsonException($"'{manifest}' is not a name and a version");
    }

    private static byte[] Compose(
        long number,
        ReadOnlySpan<byte> name1,
        string text1,
        ReadOnlySpan<byte> name2,
        string text2,
        ReadOnlySpan<byte> name3,
        ReadOnlySpan<byte> payload)
    {
        var (first, second) = (JsonEncodedText.Encode(text1, s_encoder), JsonEncodedText.Encode(text2, s_encoder));
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(number, digits, out var count);
        var numberName = "\",\"number\":"u8;
        var bytes = new byte[ChecksumAt + RecordChecksum.HexLength + numberName.Length + count
            + name1.Length + first.EncodedUtf8Bytes.Length + name2.Length + second.EncodedUtf8Bytes.Length
            + name3.Length + payload.Length + 1];
        var rest = bytes.AsSpan();
        Put(ref rest, Head);
        rest = rest[RecordChecksum.HexLength..];
        Put(ref rest, numberName);
        Put(ref rest, digits[..count]);
        Put(ref rest, name1);
        Put(ref rest, first.EncodedUtf8Bytes);
        Put(ref rest, name2);
        Put(ref rest, second.EncodedUtf8Bytes);
        Put(ref rest, name3);
        Put(ref rest, payload);
        rest[0] = (byte)'}';
        return bytes;
    }

    private static void Put(ref Span<byte> rest, scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }

    private static long ReadNumber(ref Utf8JsonReader reader)
    {
        Expect(reader.Read() && reader.TokenType == JsonTokenType.StartObject);
        ReadText(ref reader, "checksum"u8);
        ReadName(ref reader, "number"u8);
        Expect(reader.Read() && reader.TokenType == JsonTokenType.Number);
        return reader.TryGetInt64(out var number) ? number : throw Unexpected();
    }

    private static string ReadText(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        ReadName(ref reader, name);
        Expect(reader.Read() && reader.TokenType == JsonTokenType.String);
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException($"'{System.Text.Encoding.UTF8.GetString(name)}' is not a text: {e.Message}", e);
        }
    }

    /// <summary>What follows up to the closing brace. Whether it is JSON is checked by whoever makes an object of it.</summary>
    private static ReadOnlyMemory<byte> ReadPayload(ref Utf8JsonReader reader, ReadOnlySpan<byte> name, ReadOnlyMemory<byte> bytes)
    {
        ReadName(ref reader, name);
        var start = (int)reader.BytesConsumed;
        Expect(bytes.Span[^1] == (byte)'}' && start < bytes.Length);
        return bytes[start..^1];
    }

    private static void ReadName(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
        => Expect(reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(name));

    private static void Expect(bool expected)
    {
        if (!expected) throw Unexpected();
    }

    private static JsonException Unexpected() => new("its members are not those of a record");
}
