using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Importing;

/// <summary>How the tensors of a safetensors file become those of a model: a JSON file, which docs/import.md describes.</summary>
internal sealed record TensorMapping
{
    private const string Layer = "{layer}";

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        Converters = { new SiteConverter() },
    };

    public required ModelConfig Model { get; init; }

    /// <summary>By the name here, where a tensor comes from; one that is not in it has the same name in the file.</summary>
    public IReadOnlyDictionary<string, TensorOrigin> Tensors { get; init; } = new Dictionary<string, TensorOrigin>();

    /// <summary>Tensors of the file that the model does without.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    private string File { get; init; } = "";

    /// <summary>Reads a mapping.</summary>
    /// <exception cref="InvalidDataException">it is none, or its shape is impossible</exception>
    public static TensorMapping Load(string path)
    {
        try
        {
            var mapping = JsonSerializer.Deserialize<TensorMapping>(System.IO.File.ReadAllBytes(path), _json)
                ?? throw new JsonException("it is null");
            if (mapping.Model.Validate().FirstOrDefault() is { } problem) throw new JsonException($"model.{problem}");
            foreach (var (name, origin) in mapping.Tensors)
            {
                if (origin.From.Count > 0 == origin.Value is not null)
                    throw new JsonException(
                        $"tensors.\"{name}\" has {origin.From.Count} names in from, and {(origin.Value is null ? "no" : "a")} value: "
                            + $"expected one of the two");
            }
            return mapping with { File = path };
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is no mapping of tensors: {e.Message}", e);
        }
    }

    /// <summary>Reads the model that the tensors of a file make, as float32.</summary>
    /// <param name="path">the safetensors file</param>
    /// <param name="device">where the model will live; default the CPU</param>
    /// <exception cref="InvalidDataException">
    /// a tensor is missing, left over, or of a shape that does not fit; the message names it
    /// </exception>
    public Transformer Read(string path, Device? device = null)
    {
        using var scope = torch.NewDisposeScope();
        var file = Safetensors.Load(path).Tensors;
        var shapes = ParameterSpec.Of(Model).ToDictionary(spec => spec.Name, spec => spec.Shape, StringComparer.Ordinal);
        var hasBias = file.ContainsKey(Transformer.FinalLogitsBiasName) || Tensors.ContainsKey(Transformer.FinalLogitsBiasName);
        if (hasBias) shapes.Add(Transformer.FinalLogitsBiasName, [Model.VocabSize]);
        var used = new HashSet<string>(Ignored, StringComparer.Ordinal);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, shape) in shapes)
            tensors.Add(name, Read(name, shape, file, used, path).to(ScalarType.Float32, device ?? torch.CPU));
        var rest = file.Keys.Except(used).Order(StringComparer.Ordinal).ToList();
        if (rest.Count > 0)
            throw new InvalidDataException(
                $"{path} has {string.Join(", ", rest)}, of which {File} says nothing: expected them in tensors or in ignored");
        var known = shapes.Keys.Select(Pattern).Concat(shapes.Keys);
        var unknown = Tensors.Keys.Except(known).ToList();
        if (unknown.Count > 0) throw new InvalidDataException($"{File}: a model of this shape has no {string.Join(", ", unknown)}");
        return new Transformer(Model, tensors);
    }

    private Tensor Read(string name, IReadOnlyList<long> shape, IReadOnlyDictionary<string, Tensor> file, HashSet<string> used, string path)
    {
        var origin = Tensors.GetValueOrDefault(name) ?? Tensors.GetValueOrDefault(Pattern(name)) ?? new TensorOrigin { From = [name] };
        if (origin.Value is { } value) return torch.full([.. shape], value);
        string[] names = [.. origin.From.Select(from => from.Replace(Layer, LayerOf(name), StringComparison.Ordinal))];
        var parts = Array.ConvertAll(names, from => file.TryGetValue(from, out var tensor)
            ? tensor
            : throw new InvalidDataException(
                $"{path} has no tensor {from}, which {name} is made from: expected one of shape [{string.Join(", ", shape)}], or a line "
                    + $"in {File}"));
        used.UnionWith(names);
        if (origin.Transposed)
        {
            parts = Array.ConvertAll(parts, part => part.dim() == 2
                ? part.t()
                : throw new InvalidDataException(
                    $"{path}: {string.Join(", ", names)} cannot be transposed: shape [{string.Join(", ", part.shape)}], expected two "
                        + $"dimensions"));
        }
        var rows = parts.Sum(part => part.dim() == 0 ? 0 : part.size(0));
        var fits = parts.All(part => part.dim() == shape.Count && part.shape.Skip(1).SequenceEqual(shape.Skip(1))) && rows == shape[0];
        if (!fits)
        {
            throw new InvalidDataException(
                $"{path}: {name} is made from {string.Join(", ", names)} of shape "
                    + $"{string.Join(", ", parts.Select(part => $"[{string.Join(", ", part.shape)}]"))}" +
                $"{(origin.Transposed ? " after transposing" : "")}: expected [{string.Join(", ", shape)}]");
        }
        return torch.cat(parts);
    }

    private static string LayerOf(string name) => name.Split('.') is ["transformer", "h", var layer, ..] ? layer : Layer;

    private static string Pattern(string name) =>
        name.Split('.') is ["transformer", "h", _, .. var rest] ? $"transformer.h.{Layer}.{string.Join('.', rest)}" : name;

    private sealed class SiteConverter : JsonConverter<NodeSite>
    {
        public override NodeSite Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var name = reader.GetString();
            foreach (var site in NodeLocation.Sites)
                if (NodeLocation.SiteName(site) == name) return site;
            throw new JsonException(
                $"activation_sites has '{name}': expected some of {string.Join(", ", NodeLocation.Sites.Select(NodeLocation.SiteName))}");
        }

        public override void Write(Utf8JsonWriter writer, NodeSite value, JsonSerializerOptions options) =>
            writer.WriteStringValue(NodeLocation.SiteName(value));
    }
}

/// <summary>Where a tensor of a model comes from: names in a file, or one number for all of its entries.</summary>
[JsonConverter(typeof(TensorOriginConverter))]
internal sealed record TensorOrigin
{
    /// <summary>Tensors of the file, put together by rows; <c>{layer}</c> in a name is the layer's number.</summary>
    public IReadOnlyList<string> From { get; init; } = [];

    /// <summary>Whether their rows and columns are exchanged; the matrices of a model here are (out, in).</summary>
    public bool Transposed { get; init; }

    /// <summary>What all entries are, for a tensor that the file does not have: 0 for a bias, 1 for a gain.</summary>
    public double? Value { get; init; }
}

/// <summary>Reads a name, a list of names, or a section.</summary>
internal sealed class TensorOriginConverter : JsonConverter<TensorOrigin>
{
    public override TensorOrigin Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var json = JsonDocument.ParseValue(ref reader);
        var root = json.RootElement;
        if (root.ValueKind != JsonValueKind.Object) return new TensorOrigin { From = Names(root) };
        var origin = new TensorOrigin();
        foreach (var member in root.EnumerateObject())
        {
            origin = member.Name switch
            {
                "from" => origin with { From = Names(member.Value) },
                "transposed" => origin with { Transposed = Value(member, v => v.GetBoolean()) },
                "value" => origin with { Value = Value(member, v => v.GetDouble()) },
                _ => throw new JsonException($"a tensor has no {member.Name}: expected from, transposed or value"),
            };
        }
        return origin;
    }

    public override void Write(Utf8JsonWriter writer, TensorOrigin value, JsonSerializerOptions options) =>
        throw new NotSupportedException("mappings are only read");

    private static string[] Names(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array when value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            [.. value.EnumerateArray().Select(item => item.GetString()!)],
        _ => throw new JsonException(
            string.Create(
                CultureInfo.InvariantCulture, $"a tensor comes from {value.GetRawText()}: expected a name, a list of names, or a section")),
    };

    private static T Value<T>(JsonProperty member, Func<JsonElement, T> read)
    {
        try
        {
            return read(member.Value);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException($"{member.Name} is {member.Value.GetRawText()}", e);
        }
    }
}
