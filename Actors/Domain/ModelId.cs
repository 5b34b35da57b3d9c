using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sweeps.Domain;

/// <summary>The name of a model within its sweep, for example <c>d128n2-l0.0625-r0</c>; see the plan of the sweep.</summary>
[JsonConverter(typeof(ModelIdConverter))]
public readonly record struct ModelId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Writes a <see cref="ModelId"/> as a plain string.</summary>
internal sealed class ModelIdConverter : JsonConverter<ModelId>
{
    public override ModelId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString() ?? throw new JsonException("a model's id is null: expected a string"));

    public override void Write(Utf8JsonWriter writer, ModelId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
