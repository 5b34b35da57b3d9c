using Sweeps.ModelCore.Pruning;

namespace Sweeps.Orchestrator.Reports;

/// <summary>A kept node.</summary>
internal readonly record struct GraphNode(NodeLocation Location, int Channel)
{
    /// <summary>How people and files spell it, for example <c>0.mlp.post_act:17</c>.</summary>
    public string Name => CircuitEdge.Node(Location.Name, Channel);

    /// <summary>Whether it reads a channel of the residual stream.</summary>
    public bool ReadsResidual => Location.Site is NodeSite.AttnActIn or NodeSite.MlpActIn or NodeSite.FinalResid;

    /// <summary>Whether it writes to a channel of the residual stream.</summary>
    public bool WritesResidual => Location.Site is NodeSite.AttnResidDelta or NodeSite.MlpResidDelta;
}

/// <summary>A nonzero weight that joins two kept nodes, given by their places in <see cref="CircuitGraph.Nodes"/>.</summary>
internal readonly record struct GraphEdge(int From, int To, double Weight);

/// <summary>The wiring of a circuit, as the printer and the drawing want it.</summary>
/// <param name="Nodes">in the order a token meets them, then by channel</param>
/// <param name="Edges">by the node that is read, then by the node that is written</param>
internal sealed record CircuitGraph(IReadOnlyList<GraphNode> Nodes, IReadOnlyList<GraphEdge> Edges)
{
    /// <summary>The graph of <paramref name="circuit"/>.</summary>
    public static CircuitGraph Of(CircuitFile circuit)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        GraphNode[] nodes =
        [
            .. circuit.Nodes.SelectMany(l => l.Channels.Select(channel => new GraphNode(NodeLocation.Parse(l.Location), channel)))
                .OrderBy(n => n.Location.Layer).ThenBy(n => n.Location.Site).ThenBy(n => n.Channel),
        ];
        var places = nodes.Index().ToDictionary(n => n.Item.Name, n => n.Index, StringComparer.Ordinal);
        return new CircuitGraph(
            nodes,
            [.. circuit.Edges.Select(e => new GraphEdge(places[e.From], places[e.To], e.Weight)).OrderBy(e => e.From).ThenBy(e => e.To)]);
    }

    /// <summary>
    /// The ways through the residual stream: a channel that is written and, later, read. They are no edges, since no weight is on them, but
    /// without them a circuit falls into pieces.
    /// </summary>
    public IEnumerable<(int Write, int Read)> ResidualLinks()
    {
        for (var write = 0; write < Nodes.Count; write++)
        {
            if (!Nodes[write].WritesResidual) continue;
            for (var read = write + 1; read < Nodes.Count; read++)
                if (Nodes[read].ReadsResidual && Nodes[read].Channel == Nodes[write].Channel)
                    yield return (write, read);
        }
    }
}
