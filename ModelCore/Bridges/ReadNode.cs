using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Bridges;

/// <summary>A channel of the residual as a sublayer of the sparse model reads it.</summary>
/// <param name="Location">attn.act_in or mlp.act_in of a layer</param>
/// <param name="Channel">of the residual: no position's</param>
internal sealed record ReadNode(NodeLocation Location, int Channel)
{
    /// <summary>e.g. 1.attn.act_in:17</summary>
    internal string Name => CircuitEdge.Node(Location.Name, Channel);

    internal ValueLocation Site =>
        new(Location.Layer, Location.Site == NodeSite.AttnActIn ? ValueSite.ResidIn : ValueSite.ResidMid);

    /// <summary>The name of the gain of the norm between the two.</summary>
    internal string GainName => $"transformer.h.{Location.Layer}.ln_{(Location.Site == NodeSite.AttnActIn ? 1 : 2)}.weight";

    /// <summary>Those that a circuit keeps, in the order a token meets them.</summary>
    /// <param name="circuit">of a model</param>
    /// <param name="width">of the model's residual</param>
    internal static IEnumerable<ReadNode> Of(CircuitFile circuit, int width) =>
        from kept in circuit.Nodes
        let location = NodeLocation.Parse(kept.Location)
        where location.Site is NodeSite.AttnActIn or NodeSite.MlpActIn
        from channel in kept.Channels
        where channel < width
        select new ReadNode(location, channel);
}
