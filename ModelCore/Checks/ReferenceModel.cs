using System.Text.Json;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Checks;

/// <summary>
/// A tiny model in OpenAI's layout with inputs, and what OpenAI's code gives for them: a folder as Tests/Reference/gpt describes.
/// </summary>
internal sealed class ReferenceModel : IDisposable
{
    private readonly JsonElement _inputs;
    private readonly JsonElement _expected;
    private readonly Device _device;

    /// <exception cref="IOException">a file is missing</exception>
    /// <exception cref="InvalidDataException">the model is damaged</exception>
    internal ReferenceModel(string folder, Device device)
    {
        (Folder, _device) = (folder, device);
        _inputs = Json("inputs.json");
        _expected = Json("expected.json");
        Model = OpenAiCheckpoint.Load(folder, device);
    }

    internal string Folder { get; }

    internal Transformer Model { get; }

    /// <summary>Whether there are gradients: not where they would hang on ties at zero.</summary>
    internal bool HasGradients => File.Exists(Path.Combine(Folder, "grads.pt"));

    /// <summary>Token ids or positions, int64 on the device.</summary>
    internal Tensor Input(string name) => Numbers(_inputs.GetProperty(name)).to(ScalarType.Int64).to(_device);

    /// <summary>What OpenAI's code gives, float64 on the CPU.</summary>
    internal Tensor Expected(string name) => Numbers(_expected.GetProperty(name));

    /// <summary>The tensors of a .pt file, on the CPU.</summary>
    internal IReadOnlyDictionary<string, Tensor> Tensors(string file) => TorchFile.LoadStateDict(Path.Combine(Folder, file));

    /// <summary>The gates and means of masked.pt, on the device.</summary>
    internal (Dictionary<NodeLocation, Tensor> Masks, Dictionary<NodeLocation, Tensor> Means) Gates()
    {
        var masked = Tensors("masked.pt");
        var locations = NodeLocation.All(Model.Config.NLayer).ToList();
        return (
            locations.ToDictionary(at => at, at => masked[$"mask.{at}"].to(ScalarType.Float32, _device)),
            locations.ToDictionary(at => at, at => masked[$"mean.{at}"].to(_device)));
    }

    public void Dispose() => Model.Dispose();

    private JsonElement Json(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, file)));
        return document.RootElement.Clone();
    }

    private static Tensor Numbers(JsonElement element)
    {
        var shape = new List<long>();
        for (var e = element; e.ValueKind == JsonValueKind.Array; e = e[0]) shape.Add(e.GetArrayLength());
        var values = new List<double>();
        Collect(element);
        return torch.tensor(values.ToArray(), [.. shape]);

        void Collect(JsonElement e)
        {
            if (e.ValueKind == JsonValueKind.Array)
                foreach (var item in e.EnumerateArray()) Collect(item);
            else values.Add(e.GetDouble());
        }
    }
}
