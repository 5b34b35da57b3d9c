using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.TensorFiles;

/// <summary>Reads and checks the header of a safetensors file.</summary>
internal static class SafetensorsHeader
{
    private static readonly (string Name, ScalarType Type)[] s_types =
    [
        ("F64", ScalarType.Float64), ("F32", ScalarType.Float32), ("F16", ScalarType.Float16), ("BF16", ScalarType.BFloat16),
        ("I64", ScalarType.Int64), ("I32", ScalarType.Int32), ("I16", ScalarType.Int16), ("I8", ScalarType.Int8),
        ("U8", ScalarType.Byte), ("BOOL", ScalarType.Bool),
    ];

    internal sealed record Entry(string Name, ScalarType Type, long[] Shape, long Begin, long End);

    internal static string NameOf(ScalarType type) => s_types.First(pair => pair.Type == type).Name;

    /// <summary>Leaves the stream at the first element.</summary>
    internal static (IReadOnlyList<Entry> Entries, IReadOnlyDictionary<string, string> Metadata) Read(
        Stream stream, string path, long maxBytes)
    {
        var bytes = ReadBytes(stream, path, maxBytes);
        try
        {
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw Damaged(path, "the header is not a JSON object");
            var metadata = new Dictionary<string, string>();
            var entries = new List<Entry>();
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.Name == "__metadata__")
                {
                    foreach (var text in property.Value.EnumerateObject()) metadata.Add(text.Name, text.Value.GetString() ?? "");
                }
                else
                {
                    entries.Add(ReadEntry(property, path));
                }
            }

            entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
            CheckCover(entries, stream.Length - stream.Position, path);
            return (entries, metadata);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
            or OverflowException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: the header is not a valid safetensors header: {e.Message}", e);
        }
    }

    private static byte[] ReadBytes(Stream stream, string path, long maxBytes)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.Length < prefix.Length) throw Damaged(path, $"it has {stream.Length} bytes, too few for a safetensors file");
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)Math.Min(maxBytes, stream.Length - prefix.Length))
            throw Damaged(path, $"the header should have {length} bytes, the file has {stream.Length - prefix.Length} after the length");
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static Entry ReadEntry(JsonProperty property, string path)
    {
        var name = property.Name;
        var dtype = property.Value.GetProperty("dtype").GetString();
        var index = Array.FindIndex(s_types, pair => pair.Name == dtype);
        if (index < 0) throw Damaged(path, $"tensor \"{name}\" has the unknown type \"{dtype}\"");
        var shape = property.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64()).ToArray();
        if (shape.Any(length => length < 0)) throw Damaged(path, $"tensor \"{name}\" has a negative length in its shape");
        var offsets = property.Value.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2) throw Damaged(path, $"tensor \"{name}\" has {offsets.GetArrayLength()} offsets, expected 2");
        var (begin, end) = (offsets[0].GetInt64(), offsets[1].GetInt64());

        var type = s_types[index].Type;
        var size = shape.Contains(0) ? 0 : shape.Aggregate((long)type.ElementSize(), (product, length) => checked(product * length));
        if (begin < 0 || end < begin || end - begin != size)
            throw Damaged(
                path,
                $"tensor \"{name}\", {dtype} of shape [{string.Join(", ", shape)}], needs {size} bytes but has those from {begin} to "
                    + $"{end}");
        return new(name, type, shape, begin, end);
    }

    // In order of their offsets the tensors must fill the file without gap or overlap.
    private static void CheckCover(List<Entry> entries, long available, string path)
    {
        var position = 0L;
        foreach (var entry in entries)
        {
            if (entry.Begin != position)
            {
                throw Damaged(
                    path,
                    $"the data of tensor \"{entry.Name}\" begins at {entry.Begin}, "
                        + $"{(entry.Begin < position ? "inside" : "after a gap behind")} " +
                    $"the tensor before it, which ends at {position}");
            }

            position = entry.End;
        }

        if (position != available) throw Damaged(path, $"the tensors need {position} bytes of data, the file has {available}");
    }

    private static InvalidDataException Damaged(string path, string what) => new($"{path}: {what}");
}
