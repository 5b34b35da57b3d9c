using System.Text.Json;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>Bridges as a safetensors file; its names are in this folder's README. The same bridges give the same bytes.</summary>
/// <param name="Bridges">the maps, which the holder disposes of</param>
/// <param name="Options">how they were trained</param>
/// <param name="Dense">SHA-256 of the dense model's file</param>
/// <param name="Sparse">of the sparse one's</param>
internal sealed record BridgeFile(BridgeSet Bridges, BridgeOptions Options, string Dense, string Sparse)
{
    private const string Format = "sweeps.bridges.1";

    internal void Save(Stream stream) => Safetensors.Save(
        stream, [.. Bridges.Parameters.Select(p => (p.Name, p.Value))],
        new Dictionary<string, string>
        {
            ["format"] = Format,
            ["options"] = JsonSerializer.Serialize(Options, JobJson.Options),
            ["dense"] = Dense,
            ["sparse"] = Sparse,
        });

    /// <summary>Reads the bridges between two models; they want no gradients.</summary>
    /// <param name="path">the file</param>
    /// <param name="dense">the dense model's file</param>
    /// <param name="denseShape">its shape</param>
    /// <param name="sparse">the sparse model's file</param>
    /// <param name="sparseShape">its shape</param>
    /// <param name="device">where they are used; default the CPU</param>
    /// <exception cref="InvalidDataException">
    /// the file is damaged, holds no bridges, those of other models, or tensors that do not fit
    /// </exception>
    internal static BridgeFile Load(
        string path, ArtifactRef dense, ModelConfig denseShape, ArtifactRef sparse, ModelConfig sparseShape, Device? device = null)
    {
        using var scope = torch.NewDisposeScope();
        var (tensors, metadata) = Safetensors.Load(path);
        if (metadata.GetValueOrDefault("format") != Format)
        {
            throw new InvalidDataException(
                $"{path} holds no bridges: its format is '{metadata.GetValueOrDefault("format")}', expected '{Format}'");
        }
        foreach (var (key, of) in new[] { ("dense", dense), ("sparse", sparse) })
        {
            if (metadata.GetValueOrDefault(key) != of.Sha256)
            {
                throw new InvalidDataException(
                    $"{path}: its {key} model is {metadata.GetValueOrDefault(key)}, expected {of.Sha256} ({of.Path})");
            }
        }
        var options = ReadOptions(path, metadata, denseShape, sparseShape);
        var expected = 4 * options.Sites(sparseShape.NLayer);
        if (tensors.Count != expected) throw new InvalidDataException($"{path} has {tensors.Count} tensors, expected {expected}");
        var bridges = new BridgeSet(options, sparseShape.NLayer, denseShape.DModel, sparseShape.DModel, spec =>
        {
            if (!tensors.TryGetValue(spec.Name, out var tensor)) throw new InvalidDataException($"{path} has no tensor {spec.Name}");
            if (!tensor.shape.SequenceEqual(spec.Shape) || tensor.dtype != ScalarType.Float32)
            {
                throw new InvalidDataException(
                    $"{path}: {spec.Name} is {tensor.Describe()}, expected Float32[{string.Join(", ", spec.Shape)}]");
            }
            return tensor.to(device ?? torch.CPU);
        });
        return new BridgeFile(bridges, options, dense.Sha256, sparse.Sha256);
    }

    private static BridgeOptions ReadOptions(
        string path, IReadOnlyDictionary<string, string> metadata, ModelConfig dense, ModelConfig sparse)
    {
        try
        {
            var options = JsonSerializer.Deserialize<BridgeOptions>(metadata["options"], JobJson.Options)
                ?? throw new JsonException("null");
            return options.Validate().Concat(options.Validate(dense, sparse)).FirstOrDefault() is { } problem
                ? throw new JsonException(problem)
                : options;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            throw new InvalidDataException($"{path}: the options in its metadata are missing or wrong: {e.Message}", e);
        }
    }
}
