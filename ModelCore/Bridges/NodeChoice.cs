using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>Which nodes of the sparse model make its answers those of the other prompts.</summary>
internal static class NodeChoice
{
    /// <summary>Nodes with what each does alone, those first that do most, whichever way.</summary>
    /// <param name="sparse">the model</param>
    /// <param name="rows">prompts of the train split</param>
    /// <param name="nodes">candidates</param>
    /// <param name="report">is told of every node that was tried; may throw to end it</param>
    internal static IReadOnlyList<(ReadNode Node, double Effect)> Rank(
        Transformer sparse, PresentedRows rows, IReadOnlyList<ReadNode> nodes, Action? report = null)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var locations = nodes.Select(node => node.Location).ToHashSet();
        var others = new Dictionary<NodeLocation, Tensor>();
        sparse.Forward(rows.Others, rows.Positions, (location, value) =>
        {
            if (locations.Contains(location)) others[location] = value.alias().MoveToOtherDisposeScope(scope);
            return value;
        });
        var before = Target(null);
        return
        [
            .. nodes.Select(node =>
            {
                var effect = Target(node) - before;
                report?.Invoke();
                return (Node: node, Effect: effect);
            }).OrderByDescending(one => Math.Abs(one.Effect)),
        ];

        double Target(ReadNode? changed)
        {
            using var own = torch.NewDisposeScope();
            var logits = sparse.Forward(
                rows.Tokens, rows.Positions,
                (location, value) => location == changed?.Location ? With(value, others[location], changed.Channel) : value);
            return rows.Probabilities(logits).Whole.Average();
        }
    }

    /// <summary>A value in which one channel is that of another value.</summary>
    internal static Tensor With(Tensor value, Tensor other, int channel)
    {
        using var scope = torch.NewDisposeScope();
        var changed = value.clone();
        changed.select(2, channel).copy_(other.select(2, channel));
        return changed.MoveToOuterDisposeScope();
    }
}
