using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sweeps.Domain;

/// <summary>The name of a unit of work within its sweep, for example <c>models/d128n2-l0.0625-r0</c>.</summary>
/// <param name="Value">also the folder, relative to the sweep's, that the work writes to unless its job says otherwise</param>
[JsonConverter(typeof(TrialIdConverter))]
public readonly record struct TrialId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Writes a <see cref="TrialId"/> as a plain string.</summary>
internal sealed class TrialIdConverter : JsonConverter<TrialId>
{
    public override TrialId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString() ?? throw new JsonException("a trial's id is null: expected a string"));

    public override void Write(Utf8JsonWriter writer, TrialId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
