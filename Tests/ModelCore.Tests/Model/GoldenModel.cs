using System.Text.Json;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Model;

/// <summary>One of the models of Tests/Reference/gpt with its inputs and the values of OpenAI's code.</summary>
internal sealed class GoldenModel : IDisposable
{
    private readonly JsonElement _inputs;
    private readonly JsonElement _expected;

    public GoldenModel(string name)
    {
        Folder = Path.Combine(Root(), name);
        Model = OpenAiCheckpoint.Load(Folder);
        _inputs = Json("inputs.json");
        _expected = Json("expected.json");
    }

    public static TheoryData<string> All => ["plain", "sink_bigram", "catpos", "sink_catpos_bigram"];

    /// <summary>Those whose gradients do not hang on ties at zero.</summary>
    public static TheoryData<string> WithGradients => ["sink_bigram", "sink_catpos_bigram"];

    public string Folder { get; }

    public Transformer Model { get; }

    public Tensor Input(string name) => Numbers(_inputs.GetProperty(name)).to(ScalarType.Int64);

    public Tensor Expected(string name) => Numbers(_expected.GetProperty(name));

    public IReadOnlyDictionary<string, Tensor> Tensors(string file) => TorchFile.LoadStateDict(Path.Combine(Folder, file));

    /// <summary>The gates of masked.pt; its masks require gradients.</summary>
    public (Dictionary<NodeLocation, Tensor> Masks, Dictionary<NodeLocation, Tensor> Means) Gates()
    {
        var masked = Tensors("masked.pt");
        var locations = NodeLocation.All(Model.Config.NLayer).ToList();
        return (
            locations.ToDictionary(at => at, at => masked[$"mask.{at}"].to(ScalarType.Float32).requires_grad_()),
            locations.ToDictionary(at => at, at => masked[$"mean.{at}"]));
    }

    public static void AssertClose(Tensor expected, Tensor actual, string what, double tolerance = 1e-4)
    {
        Assert.True(expected.shape.SequenceEqual(actual.shape), $"{what}: shape [{string.Join(", ", actual.shape)}], expected [{string.Join(", ", expected.shape)}]");
        using var difference = (expected.to(ScalarType.Float64) - actual.detach().to(ScalarType.Float64)).abs().max();
        Assert.True(difference.ToDouble() <= tolerance, $"{what}: differs by {difference.ToDouble():G3}, expected at most {tolerance}");
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

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "Tests", "Reference", "gpt");
            if (Directory.Exists(path)) return path;
        }
        throw new DirectoryNotFoundException($"no Tests/Reference/gpt above {AppContext.BaseDirectory}");
    }
}
