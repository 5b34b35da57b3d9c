namespace Sweeps.ModelCore.Bridges;

/// <summary>Sums of losses since the last point of a curve, and over how many steps.</summary>
/// <param name="sites">number of sites</param>
internal sealed class BridgeWindow(int sites)
{
    private const int PerSite = 4;

    /// <summary>The sums: four for each site, then that of the sparse model's divergence.</summary>
    internal double[] Sums { get; } = new double[(sites * PerSite) + 1];

    /// <summary>How many numbers each is the sum of.</summary>
    internal int[] Counts { get; } = new int[(sites * PerSite) + 1];

    internal void Add(BridgeLosses losses)
    {
        Add(sites * PerSite, losses.Divergence);
        foreach (var (site, one) in losses.Sites)
        {
            double?[] values = [one.EncoderNmse, one.DecoderNmse, one.DenseToSparse, one.SparseToDense];
            for (var i = 0; i < PerSite; i++) Add((site * PerSite) + i, values[i]);
        }
    }

    /// <summary>The means so far; the window is empty then.</summary>
    internal BridgePoint Take(int step)
    {
        var point = new BridgePoint(step, Mean(sites * PerSite), [.. Enumerable.Range(0, sites).Select(Site)]);
        Array.Clear(Sums);
        Array.Clear(Counts);
        return point;
    }

    private void Add(int place, double? value)
    {
        if (value is not { } number) return;
        Sums[place] += number;
        Counts[place]++;
    }

    private BridgeSiteLosses Site(int site)
    {
        var first = site * PerSite;
        return new BridgeSiteLosses(Mean(first), Mean(first + 1), Mean(first + 2), Mean(first + 3));
    }

    private double? Mean(int place) => Counts[place] == 0 ? null : Sums[place] / Counts[place];
}
