using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Sweeps.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.TensorFiles;

/// <summary>What a safetensors file holds.</summary>
/// <param name="Tensors">tensors by name, in the order of their data in the file; the scope or else the caller disposes them</param>
/// <param name="Metadata">texts by name</param>
internal sealed record SafetensorsContent(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata);

/// <summary>
/// The safetensors format (github.com/huggingface/safetensors): the length of the header in 8 bytes, the header as JSON padded to a
/// multiple
/// of 8, the elements. A file that is damaged in any way that the format lets one see is refused.
/// </summary>
internal static class Safetensors
{
    private const string MetadataKey = "__metadata__";
    private const long MaxHeaderBytes = 100_000_000; // the format's own limit

    /// <summary>Writes a file; it appears complete or not at all. The same content gives the same bytes.</summary>
    /// <param name="path">the file; replaced where it exists</param>
    /// <param name="tensors">in the order in which they are to be written</param>
    /// <param name="metadata">written in ordinal order of the names</param>
    /// <exception cref="ArgumentException">two tensors have the same name</exception>
    public static void Save(
        string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
        => AtomicFile.Write(path, stream => Save(stream, tensors, metadata));

    /// <summary>Writes the bytes of a file to <paramref name="stream"/>.</summary>
    /// <inheritdoc cref="Save(string, IReadOnlyList{ValueTuple{string, Tensor}}, IReadOnlyDictionary{string, string})"/>
    public static void Save(
        Stream stream, IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var header = Header(tensors, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        using var scope = torch.NewDisposeScope();
        foreach (var (_, tensor) in tensors) TensorBytes.WriteTo(stream, tensor);
    }

    /// <summary>Reads a file onto the CPU.</summary>
    /// <exception cref="InvalidDataException">the file is damaged or of another format; the message names it and says where</exception>
    public static SafetensorsContent Load(string path)
    {
        using var stream = File.OpenRead(path);
        var (entries, metadata) = SafetensorsHeader.Read(stream, path, MaxHeaderBytes);
        var tensors = new OrderedDictionary<string, Tensor>();
        try
        {
            foreach (var entry in entries) tensors.Add(entry.Name, TensorBytes.ReadFrom(stream, entry.Shape, entry.Type));
            return new(tensors, metadata);
        }
        catch (Exception e)
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
            // Lengths that no tensor can have, beside one that is 0; memory is not the file's fault.
            if (TorchErrors.IsRefusal(e)) throw new InvalidDataException($"{path}: {e.Message}", e);
            throw;
        }
    }

    private static byte[] Header(IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var names = new HashSet<string> { MetadataKey };
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }

            var offset = 0L;
            foreach (var (name, tensor) in tensors)
            {
                if (!names.Add(name)) throw new ArgumentException($"safetensors: two tensors have the name \"{name}\"");
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsHeader.NameOf(tensor.dtype));
                json.WriteStartArray("shape");
                foreach (var length in tensor.shape) json.WriteNumberValue(length);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.numel() * tensor.dtype.ElementSize());
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.WrittenCount % 8 != 0) buffer.Write(" "u8);
        return buffer.WrittenSpan.ToArray();
    }
}
