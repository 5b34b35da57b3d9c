using Sweeps.Files;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Trained masks on disk: safetensors, one float32 tensor of τ per node location, named by it.</summary>
internal static class MaskFile
{
    private const string Format = "sweeps.masks.2";

    // The same content under a name of another style.
    private const string Format1 = "sweeps-masks-1";

    internal static ArtifactRef Save(ArtifactStore store, string path, NodeLayout layout, float[] tau, string modelSha256)
    {
        using var scope = torch.NewDisposeScope();
        var tensors = layout.Locations.Select(at => (at.Name, torch.tensor(layout.Slice<float>(tau, at).ToArray()))).ToList();
        var metadata = new Dictionary<string, string> { ["format"] = Format, ["model"] = modelSha256 };
        return store.Write(path, stream => Safetensors.Save(stream, tensors, metadata));
    }

    /// <exception cref="InvalidDataException">the file holds no masks of this model</exception>
    internal static float[] Load(string path, NodeLayout layout, string modelSha256)
    {
        using var scope = torch.NewDisposeScope();
        var content = Safetensors.Load(path);
        if (content.Metadata.GetValueOrDefault("format") is not (Format or Format1))
            throw new InvalidDataException($"{path}: expected masks ({Format})");
        if (content.Metadata.GetValueOrDefault("model") is var model && model != modelSha256)
            throw new InvalidDataException($"{path}: masks of the model {model}: expected {modelSha256}");
        var tau = new float[layout.Count];
        foreach (var at in layout.Locations)
        {
            if (!content.Tensors.TryGetValue(at.Name, out var tensor)) throw new InvalidDataException($"{path}: no masks for {at.Name}");
            tensor.CopyTo(tau.AsSpan(layout.Offset(at), layout.Width(at)));
        }
        return tau;
    }
}
