using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// A circuit whose nodes have two values each [G app. C]: one above a threshold, one up to it. Threshold and values are those that change
/// the node's activations least, in squares, over the positions of some prompts, each position weighted by the size of the derivative of
/// the loss by the activation there. Nodes are fitted in the order that a token meets them, with all earlier ones two-valued already: a
/// node learns the values that it will see. Dropped nodes stay at their means.
/// </summary>
internal sealed class StepFunctions
{
    private readonly FrozenModel _model;
    private readonly KeptNodes _nodes;
    private readonly NodeHook _ablate;
    private readonly Dictionary<NodeLocation, Steps> _steps = [];

    private StepFunctions(FrozenModel model, bool[] kept, KeptNodes nodes) =>
        (_model, _nodes, _ablate) = (model, nodes, model.Ablation(model.Gates(kept)));

    /// <summary>Threshold and both values of each kept node, in node order.</summary>
    internal IEnumerable<(float Threshold, float Low, float High)> Values =>
        _nodes.Locations.SelectMany(at => _nodes.Channels(at).Select(channel => _steps[at].Of[channel]));

    /// <summary>Fits each kept node.</summary>
    /// <param name="model">the model</param>
    /// <param name="kept">for each node whether it is kept</param>
    /// <param name="nodes">the same by location</param>
    /// <param name="batches">prompts to fit to</param>
    /// <param name="calibration">under which the loss is taken</param>
    /// <param name="wholeVocabulary">whether the loss is over the whole vocabulary</param>
    /// <param name="context">is told after each batch, and may cancel before it</param>
    internal static StepFunctions Fit(
        FrozenModel model, bool[] kept, KeptNodes nodes, IReadOnlyList<TaskRows> batches, (double Scale, double Shift) calibration,
        bool wholeVocabulary,
        IJobContext context)
    {
        var functions = new StepFunctions(model, kept, nodes);
        foreach (var location in nodes.Locations)
        {
            var channels = nodes.Channels(location);
            var (values, weights) = (Array.ConvertAll(channels, _ => new List<float>()), Array.ConvertAll(
                channels, _ => new List<float>()));
            foreach (var batch in batches)
            {
                context.Cancelled.ThrowIfCancellationRequested();
                functions.Look(location, batch, calibration, wholeVocabulary, values, weights);
            }
            var of = channels.Index().ToDictionary(c => c.Item, c => TwoMeans(values[c.Index], weights[c.Index]));
            functions._steps[location] = new Steps(
                of, functions.Row(location, of, s => s.Threshold), functions.Row(location, of, s => s.Low),
                functions.Row(location, of, s => s.High));
        }
        return functions;
    }

    /// <summary>The circuit with some of its nodes two-valued.</summary>
    /// <param name="twoValued">for each node of the model whether it is; null for all kept ones</param>
    internal NodeHook Replace(bool[]? twoValued = null)
    {
        var which = twoValued is null ? null : _model.Gates(twoValued);
        return (location, value) =>
        {
            var own = _ablate(location, value);
            if (!_steps.TryGetValue(location, out var steps)) return own;
            using var scope = torch.NewDisposeScope();
            var stepped = torch.where(own.gt(steps.Threshold), steps.High, steps.Low);
            var chosen = which is null ? steps.Kept : steps.Kept.logical_and(_model.At(location, which).gt(0));
            return torch.where(chosen, stepped, own).MoveToOuterDisposeScope();
        };
    }

    /// <summary>
    /// Collects what the kept nodes of a location are on a batch, and how much the loss depends on it, with all earlier locations
    /// two-valued.
    /// </summary>
    private void Look(
        NodeLocation location, TaskRows batch, (double Scale, double Shift) calibration, bool wholeVocabulary, List<float>[] values,
        List<float>[] weights)
    {
        using var grad = torch.enable_grad();
        using var scope = torch.NewDisposeScope();
        var replace = Replace();
        Tensor? leaf = null;
        var logits = _model.Model.Forward(batch.Tokens, batch.Positions, (at, value) =>
        {
            var replaced = replace(at, value); // as its means and its own values, where no steps are known yet
            if (at != location) return replaced;
            leaf = replaced.detach().requires_grad_().DetachFromDisposeScope();
            return leaf;
        });
        using (leaf)
        {
            var loss = batch.CalibratedLoss(logits, wholeVocabulary, calibration.Scale, calibration.Shift);
            KernelBackward.Run(() => loss.backward());
            var (width, length, last) = (_model.Layout.Width(location), (int)batch.Tokens.size(1), batch.Positions.Values<long>());
            using var gradient = leaf!.grad;
            var (host, slopes) = (leaf.Values<float>(), gradient!.Values<float>());
            var positions = host.Length / width / batch.Count; // all, or the last one
            foreach (var (i, channel) in _nodes.Channels(location).Index())
            {
                for (var row = 0; row < batch.Count; row++)
                {
                    for (var t = 0; t < positions && (positions < length || t <= last[row]); t++)
                    {
                        var element = (((row * positions) + t) * width) + channel;
                        values[i].Add(host[element]);
                        weights[i].Add(Math.Abs(slopes[element]));
                    }
                }
            }
        }
    }

    private Tensor Row(
        NodeLocation location, Dictionary<int, (float, float, float)> of, Func<(float Threshold, float Low, float High), float> part)
    {
        var row = new float[_model.Layout.Width(location)];
        foreach (var (channel, steps) in of) row[channel] = part(steps);
        return torch.tensor(row, device: _model.Device);
    }

    /// <summary>
    /// The split of weighted numbers in two that leaves the least squared distance to the means of its halves: 2-means in one dimension,
    /// exactly.
    /// </summary>
    /// <param name="numbers">at least one</param>
    /// <param name="weights">of each, 0 or more; where all are 0 each number counts the same</param>
    /// <returns>
    /// numbers above the threshold belong to the upper half; equal means where all numbers that weigh anything are the same
    /// </returns>
    internal static (float Threshold, float Low, float High) TwoMeans(IReadOnlyList<float> numbers, IReadOnlyList<float> weights)
    {
        if (numbers.Count == 0) throw new ArgumentException("there are no numbers: expected at least one", nameof(numbers));
        var equal = weights.All(w => w == 0);
        var sorted = numbers.Zip(weights, (number, w) => (Number: number, Weight: equal ? 1.0 : w)).Where(
            x => x.Weight > 0).OrderBy(x => x.Number).ToArray();
        var (weight, total) = (sorted.Sum(x => x.Weight), sorted.Sum(x => x.Weight * x.Number));
        var (below, belowTotal, best, at, low, high) = (0.0, 0.0, double.NegativeInfinity, 0, total / weight, total / weight);
        for (var n = 1; n < sorted.Length; n++)
        {
            below += sorted[n - 1].Weight;
            belowTotal += sorted[n - 1].Weight * sorted[n - 1].Number;
            if (sorted[n - 1].Number == sorted[n].Number) continue;
            // The squares within the halves are least where those between them are most.
            var (above, aboveTotal) = (weight - below, total - belowTotal);
            var between = (belowTotal * belowTotal / below) + (aboveTotal * aboveTotal / above);
            if (between > best) (best, at, low, high) = (between, n, belowTotal / below, aboveTotal / above);
        }
        return at == 0 ? (sorted[0].Number, (float)low, (float)high) : (sorted[at - 1].Number, (float)low, (float)high);
    }

    /// <summary>The steps of a location's kept nodes.</summary>
    /// <param name="Of">by channel</param>
    /// <param name="Threshold">(width)</param>
    /// <param name="Low">(width), up to the threshold</param>
    /// <param name="High">(width), above it</param>
    private sealed record Steps(
        IReadOnlyDictionary<int, (float Threshold, float Low, float High)> Of, Tensor Threshold, Tensor Low, Tensor High)
    {
        /// <summary>bool (width), whether a node is kept.</summary>
        internal Tensor Kept { get; } = torch.tensor(
            [.. Enumerable.Range(0, (int)Threshold.numel()).Select(Of.ContainsKey)], device: Threshold.device);
    }
}
