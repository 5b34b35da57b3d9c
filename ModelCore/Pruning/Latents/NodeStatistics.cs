using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning.Latents;

/// <summary>Mean and standard deviation of every node over tokens of the training distribution, those of final_resid included.</summary>
/// <param name="Means">(nodes of the location)</param>
/// <param name="Deviations">standard deviations (nodes of the location)</param>
/// <param name="Values">of locations whose nodes are features: the mean of the value itself (d)</param>
internal sealed record NodeStatistics(
    IReadOnlyDictionary<NodeLocation, Tensor> Means, IReadOnlyDictionary<NodeLocation, Tensor> Deviations,
    IReadOnlyDictionary<NodeLocation, Tensor> Values)
{
    /// <summary>Takes them; sums are kept in float64. The tensors are float32 and belong to the caller's scope.</summary>
    /// <param name="model">the model</param>
    /// <param name="sites">locations whose nodes are features</param>
    /// <param name="batches">token ids, int64 (B, T) each; disposed after use</param>
    internal static NodeStatistics Of(Transformer model, IReadOnlyCollection<LatentSite> sites, IEnumerable<Tensor> batches)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var dictionaries = sites.ToDictionary(site => site.Location);
        var (nodes, squares, values) = (New(), New(), New());
        var tokens = model.VisitNodes(batches, Add);
        return new NodeStatistics(
            nodes.ToDictionary(sum => sum.Key, sum => Float(sum.Value / tokens)),
            nodes.ToDictionary(
                sum => sum.Key,
                sum => Float(((squares[sum.Key] / tokens) - (sum.Value / tokens).square()).clamp_min(0).sqrt())),
            values.ToDictionary(sum => sum.Key, sum => Float(sum.Value / tokens)));

        static Dictionary<NodeLocation, Tensor> New() => [];

        static Tensor Float(Tensor sum) => sum.to(ScalarType.Float32).MoveToOuterDisposeScope();

        void Add(NodeLocation location, Tensor value)
        {
            var site = dictionaries.GetValueOrDefault(location);
            var node = site is null ? value : site.Encode(value);
            Sum(nodes, location, node);
            Sum(squares, location, node.to(ScalarType.Float64).square());
            if (site is not null) Sum(values, location, value);
        }

        void Sum(Dictionary<NodeLocation, Tensor> sums, NodeLocation location, Tensor value)
        {
            var sum = value.sum([0, 1], type: ScalarType.Float64);
            if (sums.TryGetValue(location, out var all)) all.add_(sum);
            else sums.Add(location, sum.MoveToOtherDisposeScope(scope));
        }
    }
}
