using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>
/// Changes of a sparse model's nodes as changes of the dense model [G 2.3]. Reads have unit RMS: a change δ of channel j times RMS(h^s) /
/// γ^s is one of the sparse residual, G takes it to the dense residual, and γ^d / RMS(h^d) to what a dense sublayer reads.
/// </summary>
/// <param name="dense">the dense model</param>
/// <param name="sparse">the sparse one</param>
/// <param name="decoders">G (d_d, d_s) of each site</param>
/// <param name="references">the sizes of the residuals at each site</param>
/// <param name="where">what they are added to</param>
internal sealed class BridgeChanges(
    Transformer dense, Transformer sparse, IReadOnlyDictionary<ValueLocation, Tensor> decoders,
    IReadOnlyDictionary<ValueLocation, BridgeReference> references, InterventionPlace where)
{
    /// <summary>What one unit of a node's read is in the dense model, (d_d).</summary>
    /// <param name="node">whose place and size it has</param>
    /// <param name="channel">whose column of the decoder; the node's own where null</param>
    internal Tensor Direction(ReadNode node, int? channel = null)
    {
        using var scope = torch.NewDisposeScope();
        var reference = references[node.Site];
        var column = decoders[node.Site].select(1, channel ?? node.Channel) * (reference.SparseRms / Gain(node));
        if (where == InterventionPlace.Read) column = column * dense[node.GainName] / reference.DenseRms;
        return column.MoveToOuterDisposeScope();
    }

    internal double Gain(ReadNode node) => sparse[node.GainName][node.Channel].ToDouble();

    /// <summary>What the sparse model's nodes read otherwise on the other prompts, δ (R, T), by node; 0 behind a prompt's end.</summary>
    internal IReadOnlyDictionary<ReadNode, Tensor> Differences(PresentedRows rows, IReadOnlyList<ReadNode> nodes)
    {
        var locations = nodes.Select(node => node.Location).ToHashSet();
        using var scope = torch.NewDisposeScope();
        Dictionary<NodeLocation, Tensor> presented = Reads(rows.Tokens, scope), others = Reads(rows.Others, scope);
        return nodes.ToDictionary(node => node, node =>
            ((others[node.Location] - presented[node.Location]).select(2, node.Channel) * rows.Valid.squeeze(2)).MoveToOuterDisposeScope());

        Dictionary<NodeLocation, Tensor> Reads(Tensor tokens, DisposeScope into)
        {
            var found = new Dictionary<NodeLocation, Tensor>();
            sparse.Forward(tokens, node: (location, value) =>
            {
                if (locations.Contains(location)) found[location] = value.alias().MoveToOtherDisposeScope(into);
                return value;
            });
            return found;
        }
    }

    /// <summary>The dense model's logits at the last tokens, (R, V), with changes.</summary>
    /// <param name="rows">the prompts</param>
    /// <param name="changes">what is added, (R, T, d_d), by the read or the residual before it that it is added to</param>
    /// <param name="strength">times this</param>
    internal Tensor Logits(PresentedRows rows, IReadOnlyDictionary<NodeLocation, Tensor> changes, double strength)
    {
        if (changes.Count == 0 || strength == 0) return dense.Forward(rows.Tokens, rows.Positions);
        if (where == InterventionPlace.Read)
        {
            return dense.Forward(
                rows.Tokens, rows.Positions,
                (location, value) => changes.TryGetValue(location, out var change) ? Add(rows, value, change, strength) : value);
        }
        var bySite = changes.ToDictionary(c => new ReadNode(c.Key, 0).Site.Name, c => c.Value, StringComparer.Ordinal);
        return dense.Forward(
            rows.Tokens, rows.Positions,
            tap: (name, value) => bySite.TryGetValue(name, out var change) ? Add(rows, value, change, strength) : value);
    }

    /// <summary>
    /// All that the dense model itself has otherwise on the other prompts at the place of a node, as <see cref="Logits"/> takes it.
    /// </summary>
    internal Dictionary<NodeLocation, Tensor> All(PresentedRows rows, NodeLocation location)
    {
        using var scope = torch.NewDisposeScope();
        var at = where == InterventionPlace.Read
            ? new ValueLocation(location.Layer, location.Site == NodeSite.AttnActIn ? ValueSite.AttnActIn : ValueSite.MlpActIn)
            : new ReadNode(location, 0).Site;
        var change = (dense.ValueAt(at, rows.Others) - dense.ValueAt(at, rows.Tokens)).narrow(2, 0, dense.Config.DModel) * rows.Valid;
        return new Dictionary<NodeLocation, Tensor> { [location] = change.MoveToOuterDisposeScope() };
    }

    // The value has the residual's channels, and behind them those of positions, which no change is of.
    private static Tensor Add(PresentedRows rows, Tensor value, Tensor change, double strength)
    {
        using var scope = torch.NewDisposeScope();
        // The last layer may be run at the last tokens alone.
        var own = value.size(1) == change.size(1)
            ? change
            : change.gather(1, rows.Positions.view(-1, 1, 1).expand(-1, 1, change.size(2)));
        var added = own * strength;
        var beside = value.size(2) - own.size(2);
        if (beside > 0) added = torch.cat([added, torch.zeros([.. added.shape[..2], beside], added.dtype, added.device)], 2);
        return (value + added).MoveToOuterDisposeScope();
    }
}
