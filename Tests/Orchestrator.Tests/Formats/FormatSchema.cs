using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Sweeps.Orchestrator.Tests.Formats;

/// <summary>The JSON schema of what a record is written as, with the record's documentation.</summary>
internal static partial class FormatSchema
{
    private static readonly JsonSerializerOptions _written = new()
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        WriteIndented = true,
        IndentSize = 1,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly Dictionary<string, XElement> _documentation = new(
        from path in Directory.GetFiles(AppContext.BaseDirectory, "*.xml").Order(StringComparer.Ordinal)
        from member in XDocument.Load(path).Descendants("member")
        group member by (string)member.Attribute("name")! into same
        select KeyValuePair.Create(same.Key, same.First()));

    /// <summary>The text of the schema file of <paramref name="type"/>.</summary>
    /// <param name="type">the record</param>
    /// <param name="title">what the file is called</param>
    public static string Of(Type type, string title)
    {
        var options = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform };
        var schema = (JsonObject)JobJson.Indented.GetJsonSchemaAsNode(type, options);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", title);
        return schema.ToJsonString(_written) + "\n";
    }

    private static JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = context.TypeInfo.Type;
        // A converter of its own says nothing of what it writes.
        if (schema is JsonValue) schema = Converted(context, type);
        // The exporter forgets null where NaN and infinities are allowed too.
        if (Nullable.GetUnderlyingType(type) is not null && schema is JsonObject && schema["anyOf"] is JsonArray choices
            && !choices.Any(choice => (string?)choice?["type"] == "null"))
            choices.Add(new JsonObject { ["type"] = "null" });
        if (Constant(context) is { } constant) return new JsonObject { ["const"] = JsonSerializer.SerializeToNode(constant) };
        if (schema is JsonObject known && Description(context, type) is { Length: > 0 } text) known.Insert(0, "description", text);
        return schema;
    }

    // What format and version of a file say, which the record has as constants.
    private static object? Constant(JsonSchemaExporterContext context)
    {
        if (context.PropertyInfo is not { AttributeProvider: PropertyInfo { Name: "Format" or "Version" } property }) return null;
        var name = property.Name == "Version" ? "CurrentVersion" : "FormatName";
        return property.DeclaringType!.GetField(name)?.GetRawConstantValue();
    }

    private static JsonObject Converted(JsonSchemaExporterContext context, Type type)
    {
        if (type == typeof(IReadOnlyList<string>)) return List("string");
        if (type == typeof(IReadOnlyList<float>)) return List("number");
        if (type == typeof(ModelId) || type == typeof(TrialId)) return new JsonObject { ["type"] = "string" };
        var place = string.Join('.', context.Path.ToArray());
        throw new NotSupportedException($"{type} at {place} has a converter: expected a schema for it here");

        static JsonObject List(string items) => new() { ["type"] = "array", ["items"] = new JsonObject { ["type"] = items } };
    }

    private static string? Description(JsonSchemaExporterContext context, Type type)
    {
        if (context.PropertyInfo is not { AttributeProvider: PropertyInfo property })
            return context.Path.Length == 0 ? Summary($"T:{Name(type)}") : null;
        var declaring = Name(property.DeclaringType!);
        // What a positional record says of a parameter stands with the type.
        var parameters = _documentation.GetValueOrDefault($"T:{declaring}")?.Elements("param") ?? [];
        var parameter = parameters.FirstOrDefault(param => (string?)param.Attribute("name") == property.Name);
        return parameter is null ? Summary($"P:{declaring}.{property.Name}") : Plain(parameter);
    }

    private static string? Summary(string member) =>
        _documentation.GetValueOrDefault(member)?.Element("summary") is { } summary ? Plain(summary) : null;

    private static string Name(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    // References become the name that the file has for what they refer to.
    private static string Plain(XElement element) => Blank().Replace(string.Concat(element.Nodes().Select(node => node switch
    {
        XElement { Name.LocalName: "see" } see => JsonNamingPolicy.CamelCase.ConvertName(Referred((string?)see.Attribute("cref") ?? "")),
        XElement { Name.LocalName: "paramref" } named => JsonNamingPolicy.CamelCase.ConvertName((string?)named.Attribute("name") ?? ""),
        XElement other => Plain(other),
        _ => node.ToString(),
    })), " ").Trim();

    private static string Referred(string reference) => reference.Split('(')[0].Split('.', ':')[^1];

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
