using Sweeps.ModelCore.Checks;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Model;

/// <summary>One of the models of Tests/Reference/gpt with its inputs and the values of OpenAI's code.</summary>
internal sealed class GoldenModel(string name) : IDisposable
{
    private readonly ReferenceModel _reference = new(Path.Combine(Root(), name), torch.CPU);

    public static TheoryData<string> All => ["plain", "sink_bigram", "catpos", "sink_catpos_bigram"];

    /// <summary>Those whose gradients do not hang on ties at zero.</summary>
    public static TheoryData<string> WithGradients => ["sink_bigram", "sink_catpos_bigram"];

    public string Folder => _reference.Folder;

    public Transformer Model => _reference.Model;

    public Tensor Input(string input) => _reference.Input(input);

    public Tensor Expected(string value) => _reference.Expected(value);

    public IReadOnlyDictionary<string, Tensor> Tensors(string file) => _reference.Tensors(file);

    /// <summary>The gates of masked.pt; its masks require gradients.</summary>
    public (Dictionary<NodeLocation, Tensor> Masks, Dictionary<NodeLocation, Tensor> Means) Gates()
    {
        var (masks, means) = _reference.Gates();
        foreach (var mask in masks.Values) mask.requires_grad_();
        return (masks, means);
    }

    public static void AssertClose(Tensor expected, Tensor actual, string what, double tolerance = 1e-4)
    {
        Assert.True(
            expected.shape.SequenceEqual(actual.shape),
            $"{what}: shape [{string.Join(", ", actual.shape)}], expected [{string.Join(", ", expected.shape)}]");
        using var difference = (expected.to(ScalarType.Float64) - actual.detach().to(ScalarType.Float64)).abs().max();
        Assert.True(difference.ToDouble() <= tolerance, $"{what}: differs by {difference.ToDouble():G3}, expected at most {tolerance}");
    }

    public void Dispose() => _reference.Dispose();

    internal static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "Tests", "Reference", "gpt");
            if (Directory.Exists(path)) return path;
        }
        throw new DirectoryNotFoundException($"no Tests/Reference/gpt above {AppContext.BaseDirectory}");
    }
}
