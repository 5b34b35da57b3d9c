using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Jobs;
using TorchSharp;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// Where in the pretraining data the nodes of a circuit are most active, in the unpruned model: what a person looks at to say what a node
/// means [G 3]. A window counts once
/// for each node, with its highest value and with its lowest, so that one document does not fill the list.
/// </summary>
internal sealed class NodeExamples(FrozenModel model, Tokenizer tokenizer, bool[] kept, IJobContext context)
{
    private const int Shown = 5, ContextTokens = 10, WindowsPerBatch = 8;

    private readonly KeptNodes _nodes = new(model.Layout, kept);

    private readonly List<(float Value, int At)>[] _highest = Lists(kept), _lowest = Lists(kept);

    /// <summary>The examples of each kept node, in node order.</summary>
    /// <param name="tokens">windows one behind the other</param>
    /// <param name="length">tokens of a window</param>
    internal IReadOnlyList<NodeActivity> Find(int[] tokens, int length)
    {
        for (var first = 0; first < tokens.Length; first += WindowsPerBatch * length)
        {
            context.Cancelled.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            var batch = tokens.AsSpan(first, Math.Min(WindowsPerBatch * length, tokens.Length - first)).ToArray();
            var (start, windows) = (first, batch.Length / length);
            model.Model.Forward(
                torch.tensor(Array.ConvertAll(batch, t => (long)t), [windows, length], device: model.Device), node: (location, value) =>
            {
                if (_nodes.Channels(location).Length > 0) Look(location, value.Values<float>(), start, windows, length);
                return value;
            });
        }
        return
        [
            .. Enumerable.Range(0, kept.Length).Where(node => kept[node]).Select(node =>
            {
                var (location, channel) = model.Layout.At(node);
                return new NodeActivity(CircuitEdge.Node(location.Name, channel), Examples(_highest[node], 1), Examples(_lowest[node], -1));
            }),
        ];

        // What AbsTopK makes 0 is no activity.
        List<NodeExample> Examples(List<(float Value, int At)> found, int sign) =>
        [
            .. found.Where(f => f.Value * sign > 0).OrderByDescending(f => f.Value * sign).ThenBy(f => f.At).Take(Shown).Select(f =>
            {
                var from = Math.Max(f.At / length * length, f.At - ContextTokens);
                return new NodeExample(
                    string.Concat(tokens[from..f.At].Select(tokenizer.Display)), tokenizer.Display(tokens[f.At]), f.Value);
            }),
        ];
    }

    private void Look(NodeLocation location, float[] values, int start, int windows, int length)
    {
        var (offset, width) = (model.Layout.Offset(location), model.Layout.Width(location));
        foreach (var channel in _nodes.Channels(location))
        {
            for (var window = 0; window < windows; window++)
            {
                var (highest, lowest) = (window * length, window * length);
                for (var at = window * length; at < (window + 1) * length; at++)
                {
                    if (values[(at * width) + channel] > values[(highest * width) + channel]) highest = at;
                    if (values[(at * width) + channel] < values[(lowest * width) + channel]) lowest = at;
                }
                _highest[offset + channel].Add((values[(highest * width) + channel], start + highest));
                _lowest[offset + channel].Add((values[(lowest * width) + channel], start + lowest));
            }
        }
    }

    private static List<(float, int)>[] Lists(bool[] kept) => Array.ConvertAll(kept, k => k ? new List<(float, int)>() : []);
}
