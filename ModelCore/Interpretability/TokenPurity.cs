namespace Sweeps.ModelCore.Interpretability;

/// <summary>How far a feature's largest activations stand on one and the same token.</summary>
internal static class TokenPurity
{
    /// <summary>
    /// 1 − H/H₀: H is the entropy of the tokens with the largest activations, H₀ that of as many tokens drawn from the text, since the
    /// entropy of few tokens is small by itself. 1 where all are the same token, about 0 where they are as mixed as the text.
    /// </summary>
    /// <param name="tokens">the text</param>
    /// <param name="activations">the feature's, token by token</param>
    /// <param name="rows">the tokens of the text that count</param>
    /// <param name="fraction">how much of them is looked at, at most: those with the largest activations above 0</param>
    /// <param name="random">draws the tokens of H₀</param>
    /// <returns>null where fewer than two tokens have an activation, or the text has but one token</returns>
    public static double? Of(
        ReadOnlySpan<int> tokens, ReadOnlySpan<float> activations, ReadOnlySpan<int> rows, double fraction, KeyedRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var active = new List<(float Value, int Row)>();
        foreach (var row in rows)
            if (activations[row] > 0) active.Add((activations[row], row));
        var count = Math.Min(active.Count, (int)Math.Ceiling(fraction * rows.Length));
        if (count < 2) return null;
        active.Sort((a, b) => a.Value != b.Value ? b.Value.CompareTo(a.Value) : a.Row.CompareTo(b.Row));
        var (top, drawn) = (new int[count], new int[count]);
        for (var i = 0; i < count; i++) (top[i], drawn[i]) = (tokens[active[i].Row], tokens[rows[random.Next(rows.Length)]]);
        var mixed = Entropy(drawn);
        return mixed == 0 ? null : 1 - (Entropy(top) / mixed);
    }

    /// <summary>The entropy of a sample, in nats.</summary>
    public static double Entropy(IReadOnlyCollection<int> sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        var fractions = sample.CountBy(one => one).OrderBy(pair => pair.Key).Select(pair => (double)pair.Value / sample.Count);
        return fractions.Sum(fraction => -fraction * Math.Log(fraction));
    }
}
