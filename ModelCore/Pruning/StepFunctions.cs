using Sweeps.ModelCore.Jobs;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// A circuit whose nodes have two values each [G app. C]: one above a threshold, one up to it. Threshold and values are those that change the node's activations in the circuit
/// least, in squares, over all positions of the train split's prompts. Dropped nodes stay at their means.
/// </summary>
internal sealed class StepFunctions
{
    private readonly FrozenModel _model;
    private readonly Dictionary<NodeLocation, Steps> _steps = [];

    private StepFunctions(FrozenModel model) => _model = model;

    /// <summary>Runs the circuit over <paramref name="batches"/> and fits each kept node.</summary>
    internal static StepFunctions Fit(FrozenModel model, bool[] kept, IReadOnlyList<TaskRows> batches, IJobContext context)
    {
        var nodes = new KeptNodes(model.Layout, kept);
        var values = model.Layout.Locations.ToDictionary(at => at, at => Array.ConvertAll(nodes.Channels(at), _ => new List<float>()));
        using var gates = model.Gates(kept);
        foreach (var batch in batches)
        {
            context.Cancelled.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            var length = (int)batch.Tokens.size(1);
            var last = batch.Positions.Values<long>();
            model.Logits(batch.Tokens, batch.Positions, gates, (location, value) =>
            {
                var (own, width) = (nodes.Channels(location), model.Layout.Width(location));
                if (own.Length == 0) return;
                var host = value.Values<float>();
                var positions = host.Length / width / batch.Count; // all, or the last one
                for (var row = 0; row < batch.Count; row++)
                    for (var t = 0; t < positions && (positions < length || t <= last[row]); t++)
                        for (var i = 0; i < own.Length; i++)
                            values[location][i].Add(host[(((row * positions) + t) * width) + own[i]]);
            });
        }
        var functions = new StepFunctions(model);
        foreach (var location in model.Layout.Locations)
        {
            var (threshold, low, high) = (new float[model.Layout.Width(location)], model.Mean(location).Values<float>(), model.Mean(location).Values<float>());
            foreach (var (i, channel) in nodes.Channels(location).Index())
                (threshold[channel], low[channel], high[channel]) = TwoMeans(values[location][i]);
            functions._steps[location] = new Steps(Row(threshold), Row(low), Row(high));
        }
        return functions;

        Tensor Row(float[] values) => torch.tensor(values, device: model.Device);
    }

    /// <summary>The value's steps; dropped nodes' are both their mean.</summary>
    internal Tensor Replace(NodeLocation location, Tensor value)
    {
        var (threshold, low, high) = _steps[location];
        return torch.where(value.gt(threshold), high, low);
    }

    /// <summary>The split of numbers in two that leaves the least squared distance to the means of its halves: 2-means in one dimension, exactly.</summary>
    /// <returns>numbers above the threshold belong to the upper half; equal means where all numbers are the same</returns>
    internal static (float Threshold, float Low, float High) TwoMeans(IReadOnlyCollection<float> numbers)
    {
        var sorted = numbers.Order().ToArray();
        if (sorted.Length == 0) throw new ArgumentException("there are no numbers: expected at least one", nameof(numbers));
        var total = sorted.Sum(x => (double)x);
        var (below, best, at) = (0.0, double.NegativeInfinity, 0);
        for (var n = 1; n < sorted.Length; n++)
        {
            below += sorted[n - 1];
            if (sorted[n - 1] == sorted[n]) continue;
            // The squares within the halves are least where those between them are most.
            var between = (below * below / n) + ((total - below) * (total - below) / (sorted.Length - n));
            if (between > best) (best, at) = (between, n);
        }
        if (at == 0) return (sorted[0], sorted[0], sorted[0]);
        return (sorted[at - 1], (float)sorted.Take(at).Average(x => (double)x), (float)sorted.Skip(at).Average(x => (double)x));
    }

    private sealed record Steps(Tensor Threshold, Tensor Low, Tensor High);
}
