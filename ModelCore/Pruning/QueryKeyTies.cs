namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// One mask for a query channel and the key channel that it is multiplied with, which mean nothing without each other: the paper's authors
/// wished for it. Both nodes count as nodes. Each of the two has a copy of the mask; as the copies begin equal and see equal gradients,
/// they stay equal.
/// </summary>
internal static class QueryKeyTies
{
    /// <summary>For each node the one whose mask it has: of a key its query, of all others themselves.</summary>
    internal static int[] Owners(NodeLayout layout)
    {
        var owners = Enumerable.Range(0, layout.Count).ToArray();
        foreach (var key in layout.Locations.Where(at => at.Site == NodeSite.AttnK))
        {
            var query = layout.Offset(key with { Site = NodeSite.AttnQ });
            for (var channel = 0; channel < layout.Width(key); channel++) owners[layout.Offset(key) + channel] = query + channel;
        }
        return owners;
    }

    /// <summary>For each node the one that is tied to it: of a query its key, of a key its query, of all others themselves.</summary>
    /// <param name="owners">as <see cref="Owners"/> gives them</param>
    internal static long[] Partners(ReadOnlySpan<int> owners)
    {
        var partners = new long[owners.Length];
        for (var node = 0; node < owners.Length; node++)
        {
            partners[node] = owners[node];
            if (owners[node] != node) partners[owners[node]] = node; // a query comes before its key, so this stays
        }
        return partners;
    }

    /// <summary>Gives each tied node the mean of the two values, so that what differs between them goes to both.</summary>
    internal static void Share(Span<float> values, ReadOnlySpan<int> owners)
    {
        for (var node = 0; node < values.Length; node++)
        {
            if (owners[node] == node) continue;
            values[node] = values[owners[node]] = (values[node] + values[owners[node]]) / 2;
        }
    }
}
