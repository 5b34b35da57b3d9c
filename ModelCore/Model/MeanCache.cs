using System.Globalization;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Model;

/// <summary>
/// The mean activation of every node, those of final_resid included, over tokens of the training distribution, taken with AbsTopK active,
/// as the model runs: what a dropped node is replaced by [G 2.2].
/// </summary>
public sealed class MeanCache : IDisposable
{
    private const string Format = "sweeps.mean_cache.2";
    private readonly Dictionary<NodeLocation, Tensor> _means;

    private MeanCache(Dictionary<NodeLocation, Tensor> means, long tokens) => (_means, Tokens) = (means, tokens);

    /// <summary>(width) float32 per node location.</summary>
    public IReadOnlyDictionary<NodeLocation, Tensor> Means => _means;

    /// <summary>Tokens over which the mean was taken.</summary>
    public long Tokens { get; }

    /// <summary>Takes the means; sums are kept in float64.</summary>
    /// <param name="model">the model</param>
    /// <param name="batches">token ids, int64 (B, T) each; disposed after use</param>
    public static MeanCache Compute(Transformer model, IEnumerable<Tensor> batches)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batches);
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var device = model.FinalLogitsBias.device;
        var sums = NodeLocation.All(model.Config.NLayer)
            .ToDictionary(at => at, at => torch.zeros([model.Config.Width(at.Site)], ScalarType.Float64, device));
        sums.Add(NodeLocation.FinalResid, torch.zeros([model.Config.DModel], ScalarType.Float64, device));
        var tokens = model.VisitNodes(batches, Add);
        return new MeanCache(
            sums.ToDictionary(sum => sum.Key, sum => sum.Value.div(tokens).to(ScalarType.Float32).DetachFromDisposeScope()), tokens);

        void Add(NodeLocation location, Tensor value) => sums[location].add_(value.sum([0, 1], type: ScalarType.Float64));
    }

    /// <summary>Writes a safetensors file, one tensor per location under its name.</summary>
    public void Save(Stream stream) => Safetensors.Save(
        stream,
        [.. _means.Select(mean => (mean.Key.Name, mean.Value))],
        new Dictionary<string, string> { ["format"] = Format, ["tokens"] = Tokens.ToString(CultureInfo.InvariantCulture) });

    /// <summary>Reads the mean cache of a model.</summary>
    /// <exception cref="InvalidDataException">the file is no mean cache, or not that of a model of this shape</exception>
    public static MeanCache Load(string path, ModelConfig config, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        using var scope = torch.NewDisposeScope();
        var file = Safetensors.Load(path);
        if (file.Metadata.GetValueOrDefault("format") != Format)
            throw new InvalidDataException(
                $"{path} is no mean cache: its format is '{file.Metadata.GetValueOrDefault("format")}', expected '{Format}'");
        var means = new Dictionary<NodeLocation, Tensor>();
        foreach (var location in NodeLocation.All(config.NLayer).Append(NodeLocation.FinalResid))
        {
            long width = config.Width(location.Site);
            if (!file.Tensors.TryGetValue(location.Name, out var mean) || !mean.shape.SequenceEqual([width]))
                throw new InvalidDataException($"{path} has no mean of {location}: expected a tensor of length {width}");
            means.Add(location, mean.to(device ?? torch.CPU));
        }
        foreach (var mean in means.Values) mean.DetachFromDisposeScope();
        return new MeanCache(means, long.Parse(file.Metadata["tokens"], CultureInfo.InvariantCulture));
    }

    /// <summary>Frees the means.</summary>
    public void Dispose()
    {
        foreach (var mean in _means.Values) mean.Dispose();
    }
}
