using Sweeps.ModelCore.Pruning.Latents;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Some of the edges of a circuit, and the nodes that they need.</summary>
/// <remarks>
/// A node at attn.act_in, attn.v, mlp.act_in or mlp.post_act acts through its edges alone: where none is kept it is dropped, and with it
/// the edges that lead to it. Queries and keys act by their product and residual writes by being read, so these stay, even where no edge
/// leads to them: they then say the same for every prompt, which need not be their mean. Values and neurons that also act through the kept
/// error of a dictionary stay too.
/// </remarks>
/// <param name="Nodes">for each node of the model whether it is kept</param>
/// <param name="Edges">for each edge of the circuit whether it is kept</param>
internal sealed record EdgeCircuit(bool[] Nodes, bool[] Edges)
{
    /// <summary>The circuit of the wanted edges, less those that lead nowhere.</summary>
    /// <param name="layout">numbers the nodes</param>
    /// <param name="nodes">the nodes of the whole circuit</param>
    /// <param name="edges">its edges</param>
    /// <param name="wanted">for each edge whether it is wanted</param>
    /// <param name="latents">the dictionaries that nodes are features of; null for channels alone</param>
    internal static EdgeCircuit Of(
        NodeLayout layout, bool[] nodes, IReadOnlyList<Edge> edges, bool[] wanted, LatentView? latents = null)
    {
        var (kept, left) = (nodes.ToArray(), wanted.ToArray());
        // Within a layer values and neurons are read by writes alone: decided first, they decide about what they read. No edge leads from
        // layer to layer.
        Drop(NodeSite.AttnV, NodeSite.MlpPostAct);
        Drop(NodeSite.AttnActIn, NodeSite.MlpActIn);
        return new EdgeCircuit(kept, left);

        void Drop(params ReadOnlySpan<NodeSite> sites)
        {
            var leads = new bool[kept.Length];
            for (var i = 0; i < edges.Count; i++) leads[edges[i].From] |= left[i];
            foreach (var at in layout.Locations)
            {
                if (!sites.Contains(at.Site) || latents?.TakesErrors(at) == true) continue;
                for (var node = layout.Offset(at); node < layout.Offset(at) + layout.Width(at); node++) kept[node] &= leads[node];
            }
            for (var i = 0; i < edges.Count; i++) left[i] &= kept[edges[i].To];
        }
    }

    internal int EdgeCount => Edges.Count(e => e);

    /// <summary>
    /// Gates of the edges: 0 for those dropped between two kept nodes. The weights of a dropped node stay, as in node pruning: they decide
    /// which other nodes AbsTopK keeps.
    /// </summary>
    internal float[] Gates(IReadOnlyList<Edge> edges) =>
        [.. edges.Select((edge, i) => Edges[i] || !Nodes[edge.From] || !Nodes[edge.To] ? 1f : 0f)];
}
