using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>Writes a list on one line of an indented file: of many numbers, one per line would be most of it.</summary>
internal sealed class OneLine<T> : JsonConverter<IReadOnlyList<T>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<T>? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<T[]>(ref reader, options);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<T> value, JsonSerializerOptions options) =>
        writer.WriteRawValue(JsonSerializer.SerializeToUtf8Bytes<T[]>([.. value], JobJson.Options), skipInputValidation: true);
}
