namespace Sweeps.ModelCore.Pruning;

/// <summary>An edge: a nonzero weight that joins two kept nodes.</summary>
/// <param name="From">number of the node it reads, in <see cref="NodeLayout"/></param>
/// <param name="To">number of the node it writes</param>
/// <param name="Weight">the weight</param>
internal readonly record struct Edge(int From, int To, float Weight);

/// <summary>
/// The edges of a circuit [G 2.2, footnote 3]. Per layer these matrices join nodes: c_attn joins attn.act_in with attn.q, .k and .v (its
/// three
/// blocks of rows); attention's c_proj joins attn.v with attn.resid_delta, as channel j of the heads' output is a mixture over positions of
/// channel j of v; c_fc joins mlp.act_in with mlp.post_act; the MLP's c_proj joins mlp.post_act with mlp.resid_delta.
/// </summary>
/// <remarks>
/// Not edges, because they do not join two nodes by a weight: the pairing of q and k (a product of two nodes), biases, the addition of
/// writes to
/// the residual and its reading (channel to the same channel), the embedding and the unembedding (one end is a token). So the paper's
/// example
/// counts right: a neuron that reads one channel and writes one is 3 nodes and 2 edges.
/// </remarks>
internal static class CircuitEdges
{
    /// <summary>Number of edges between kept nodes.</summary>
    internal static int Count(FrozenModel model, bool[] kept)
    {
        var count = 0;
        foreach (var _ in Enumerate(model, kept)) count++;
        return count;
    }

    /// <summary>The edges, layer by layer, matrix by matrix, row by row.</summary>
    internal static IEnumerable<Edge> Enumerate(FrozenModel model, bool[] kept)
    {
        for (var layer = 0; layer < model.Config.NLayer; layer++)
            foreach (var block in Blocks(model.Config.DModel))
            {
                var weights = model.Nonzeros($"transformer.h.{layer}.{block.Matrix}.weight");
                var (from, to) = (new NodeLocation(layer, block.From), new NodeLocation(layer, block.To));
                var (firstFrom, firstTo) = (model.Layout.Offset(from), model.Layout.Offset(to));
                for (var row = 0; row < model.Layout.Width(to); row++)
                {
                    if (!kept[firstTo + row]) continue;
                    for (var i = weights.RowStarts[block.FirstRow + row]; i < weights.RowStarts[block.FirstRow + row + 1]; i++)
                        if (kept[firstFrom + weights.Columns[i]])
                            yield return new Edge(firstFrom + weights.Columns[i], firstTo + row, weights.Values[i]);
                }
            }
    }

    /// <summary>Where the weight of an edge is: a matrix of the model, and its row and column.</summary>
    internal static (string Matrix, int Row, int Column) Place(FrozenModel model, Edge edge)
    {
        var ((_, column), (to, row)) = (model.Layout.At(edge.From), model.Layout.At(edge.To));
        var block = Blocks(model.Config.DModel).First(b => b.To == to.Site);
        return ($"transformer.h.{to.Layer}.{block.Matrix}.weight", block.FirstRow + row, column);
    }

    private static IEnumerable<(string Matrix, int FirstRow, NodeSite From, NodeSite To)> Blocks(int d)
    {
        yield return ("attn.c_attn", 0, NodeSite.AttnActIn, NodeSite.AttnQ);
        yield return ("attn.c_attn", d, NodeSite.AttnActIn, NodeSite.AttnK);
        yield return ("attn.c_attn", 2 * d, NodeSite.AttnActIn, NodeSite.AttnV);
        yield return ("attn.c_proj", 0, NodeSite.AttnV, NodeSite.AttnResidDelta);
        yield return ("mlp.c_fc", 0, NodeSite.MlpActIn, NodeSite.MlpPostAct);
        yield return ("mlp.c_proj", 0, NodeSite.MlpPostAct, NodeSite.MlpResidDelta);
    }
}
