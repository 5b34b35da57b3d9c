namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// Orders nodes by importance, for circuits of any size [G A.5]: τ from large to small, equal ones in node order, tied ones next to each
/// other.
/// </summary>
internal static class NodeRanking
{
    /// <summary>The nodes, the most important first.</summary>
    /// <param name="tau">of each node</param>
    /// <param name="owners">of each node whose mask it has (<see cref="QueryKeyTies"/>); empty when each has its own</param>
    internal static int[] Order(ReadOnlySpan<float> tau, ReadOnlySpan<int> owners = default)
    {
        var order = new int[tau.Length];
        var keys = new (float, int, int)[tau.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
            keys[i] = (-tau[i], owners.IsEmpty ? i : owners[i], i); // the last part makes the order total
        }
        Array.Sort(keys, order);
        return order;
    }

    /// <summary>For each node whether it is among the first <paramref name="k"/>.</summary>
    internal static bool[] Top(ReadOnlySpan<int> order, int k)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, order.Length);
        var kept = new bool[order.Length];
        foreach (var node in order[..k]) kept[node] = true;
        return kept;
    }
}
