using System.Text.Json;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Model;

/// <summary>
/// A trained model as a safetensors file: its tensors under OpenAI's names, its config as JSON in the metadata. The same model gives the
/// same bytes, so the
/// SHA-256 of the file is the model's identity.
/// </summary>
internal static class ModelFile
{
    private const string Format = "sweeps.model.1";

    public static void Save(Stream stream, Transformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["config"] = JsonSerializer.Serialize(model.Config, JobJson.Options)
        };
        Safetensors.Save(
            stream, [.. model.Parameters.Select(p => (p.Name, p.Value)), (Transformer.FinalLogitsBiasName, model.FinalLogitsBias)],
            metadata);
    }

    /// <summary>Reads a model.</summary>
    /// <exception cref="InvalidDataException">the file is damaged, no model, or its tensors do not fit its config</exception>
    public static Transformer Load(string path, Device? device = null)
    {
        using var scope = torch.NewDisposeScope();
        var file = Safetensors.Load(path);
        if (file.Metadata.GetValueOrDefault("format") != Format)
            throw new InvalidDataException(
                $"{path} is no model: its format is '{file.Metadata.GetValueOrDefault("format")}', expected '{Format}'");
        return new Transformer(
            Config(path, file.Metadata),
            file.Tensors.ToDictionary(t => t.Key, t => t.Value.to(device ?? torch.CPU), StringComparer.Ordinal));
    }

    private static ModelConfig Config(string path, IReadOnlyDictionary<string, string> metadata)
    {
        try
        {
            var config = JsonSerializer.Deserialize<ModelConfig>(metadata["config"], JobJson.Options) ?? throw new JsonException("null");
            return config.Validate().FirstOrDefault() is { } problem ? throw new JsonException(problem) : config;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            throw new InvalidDataException($"{path}: the config in its metadata is missing or wrong: {e.Message}", e);
        }
    }
}
