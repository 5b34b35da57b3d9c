namespace Sweeps.ModelCore.Interpretability;

/// <summary>
/// The one test of the context vector that a feature is most like, when the feature counts as saying yes above a threshold.
/// </summary>
/// <param name="Test">the test</param>
/// <param name="Holds">whether the feature says yes where the test holds, or where it does not</param>
/// <param name="Threshold">activations above it are a yes</param>
internal sealed record Concept(ContextTest Test, bool Holds, float Threshold)
{
    private const int Thresholds = 16;

    /// <summary>
    /// The concept and the threshold with the largest Matthews correlation. Thresholds are 0 and quantiles of the activations above it.
    /// </summary>
    /// <param name="contexts">the context vectors</param>
    /// <param name="rows">the tokens that it is chosen on</param>
    /// <param name="activations">the feature's, for each of <paramref name="rows"/></param>
    /// <returns>of equal ones the first; null where the feature is nowhere active</returns>
    public static Concept? Best(ContextTable contexts, ReadOnlySpan<int> rows, ReadOnlySpan<float> activations)
    {
        ArgumentNullException.ThrowIfNull(contexts);
        var active = new List<(float Value, int Row)>();
        for (var i = 0; i < rows.Length; i++)
            if (activations[i] > 0) active.Add((activations[i], rows[i]));
        active.Sort((a, b) => a.Value != b.Value ? b.Value.CompareTo(a.Value) : a.Row.CompareTo(b.Row));
        var (best, most) = ((Concept?)null, 0.0);
        for (var field = 0; field < ContextFields.All.Count; field++)
        {
            var column = contexts.Column(field);
            var all = new int[contexts.Sizes[field]];
            foreach (var row in rows) all[column[row]]++;
            var yes = new int[all.Length];
            var first = 0;
            foreach (var (count, threshold) in Steps(active))
            {
                for (; first < count; first++) yes[column[active[first].Row]]++;
                var (withTest, both) = (0L, 0L);
                for (var value = 0; value < all.Length; value++)
                {
                    if (all[value] == 0) continue;
                    if (ContextFields.All[field].Ordered) (withTest, both) = (withTest + all[value], both + yes[value]);
                    else (withTest, both) = (all[value], yes[value]);
                    var correlation = Correlation.Matthews(rows.Length, withTest, count, both);
                    if (Math.Abs(correlation) <= most) continue;
                    most = Math.Abs(correlation);
                    best = new Concept(new ContextTest(field, value), correlation > 0, threshold);
                }
            }
        }
        return best;
    }

    /// <summary>Matthews' correlation of the feature and the concept on other tokens.</summary>
    /// <param name="contexts">the context vectors</param>
    /// <param name="rows">the tokens whose contexts count</param>
    /// <param name="activations">the feature's, for each of <paramref name="rows"/></param>
    public double Matthews(ContextTable contexts, ReadOnlySpan<int> rows, ReadOnlySpan<float> activations)
    {
        ArgumentNullException.ThrowIfNull(contexts);
        var column = contexts.Column(Test.Field);
        var (concept, feature, both) = (0L, 0L, 0L);
        for (var i = 0; i < rows.Length; i++)
        {
            var (says, fires) = (Test.Holds(column[rows[i]]) == Holds, activations[i] > Threshold);
            if (says) concept++;
            if (fires) feature++;
            if (says && fires) both++;
        }
        return Correlation.Matthews(rows.Length, concept, feature, both);
    }

    // How many of the largest activations are above each threshold.
    private static IEnumerable<(int Count, float Threshold)> Steps(List<(float Value, int Row)> active)
    {
        for (var step = 1; step <= Thresholds; step++)
        {
            var count = (int)((long)active.Count * step / Thresholds);
            if (count == 0) continue;
            if (count == active.Count)
            {
                yield return (count, 0);
                continue;
            }
            // Equal activations are on one side.
            while (count < active.Count && active[count].Value == active[count - 1].Value) count++;
            yield return (count, count == active.Count ? 0 : active[count].Value);
        }
    }
}
