using System.Numerics;

namespace Sweeps.ModelCore.Interpretability;

/// <summary>
/// A feature as a few suffix patterns with a mean activation each, as in Neuron to Graph (Foote et al. 2023): the most specific pattern
/// that matches says the activation, and where none does it is the mean of what is left.
/// </summary>
internal sealed class SuffixPatterns
{
    private SuffixPatterns(IReadOnlyList<SuffixPattern> patterns, double elsewhere) => (Patterns, Elsewhere) = (patterns, elsewhere);

    /// <summary>The patterns in the order in which they were found, the one that explains most first.</summary>
    public IReadOnlyList<SuffixPattern> Patterns { get; }

    /// <summary>Mean activation where no pattern matches.</summary>
    public double Elsewhere { get; }

    /// <summary>Finds patterns greedily, each time the one that explains most of the variance that is left.</summary>
    /// <param name="index">which tokens share a suffix</param>
    /// <param name="target">the activation, for each token of the index</param>
    /// <param name="limit">patterns, at most</param>
    /// <param name="minMatches">tokens for which a pattern speaks, at least</param>
    /// <param name="minGain">the fraction of the variance that a pattern explains, at least</param>
    public static SuffixPatterns Fit(SuffixIndex index, float[] target, int limit, int minMatches, double minGain)
    {
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, index.Count, nameof(target));
        var candidates = new SuffixCandidates(index, target, limit);
        var (sum, squares) = (target.Sum(x => (double)x), target.Sum(x => (double)x * x));
        var atLeast = Math.Max(minGain, 1e-9) * (squares - (sum * sum / Math.Max(1, target.Length)));
        var groups = new List<(int Mask, int Count, double Sum)> { (0, target.Length, sum) };
        var group = new int[target.Length]; // the pattern that speaks for each token; 0 for none
        var found = new List<SuffixPattern>();
        while (found.Count < limit && candidates.Best(groups, minMatches, atLeast) is (var mask, var id))
        {
            found.Add(new SuffixPattern(mask, index.Tokens(mask, id), 0));
            groups.Add((mask, 0, 0));
            foreach (var at in index.Matches(mask, id))
            {
                var from = group[at];
                if (BitOperations.PopCount((uint)groups[from].Mask) >= BitOperations.PopCount((uint)mask)) continue;
                groups[from] = (groups[from].Mask, groups[from].Count - 1, groups[from].Sum - target[at]);
                groups[^1] = (mask, groups[^1].Count + 1, groups[^1].Sum + target[at]);
                candidates.Move(at, from, found.Count);
                group[at] = found.Count;
            }
        }
        return new SuffixPatterns([.. found.Select((one, i) => one with { Mean = Mean(groups[i + 1]) })], Mean(groups[0]));
    }

    /// <summary>What the patterns say of a token.</summary>
    public double Predict(ContextTable contexts, int row)
    {
        var (prediction, most) = (Elsewhere, 0);
        foreach (var pattern in Patterns)
            if (pattern.Fixed > most && pattern.Matches(contexts, row)) (prediction, most) = (pattern.Mean, pattern.Fixed);
        return prediction;
    }

    private static double Mean((int Mask, int Count, double Sum) group) => group.Count == 0 ? 0 : group.Sum / group.Count;
}
