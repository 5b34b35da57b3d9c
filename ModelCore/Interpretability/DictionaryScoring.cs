namespace Sweeps.ModelCore.Interpretability;

/// <summary>A dictionary's scores as the means of its features'.</summary>
internal static class DictionaryScoring
{
    /// <summary>The means, each with its interval.</summary>
    /// <param name="features">the scores of the features that were drawn</param>
    /// <param name="seed">keys the bootstrap</param>
    public static DictionaryScores Of(IReadOnlyCollection<FeatureScores> features, ulong seed)
    {
        return new DictionaryScores(
            features.Count,
            Mean("rule", one => one.RuleR),
            Mean("rule-random", one => one.RuleRandomR),
            Mean("depth-one", one => one.DepthOneR),
            Mean("null-rule", one => one.NullRuleR),
            Mean("ngram", one => one.NgramR),
            Mean("null-ngram", one => one.NullNgramR),
            Mean("purity", one => one.Purity),
            Mean("concept", one => one.ConceptMatthews));

        MeanWithInterval? Mean(string name, Func<FeatureScores, double?> score) =>
            Bootstrap.Mean([.. features.Select(score).OfType<double>()], new KeyedRandom(seed, "bootstrap", name));
    }

    /// <summary>Which features of a dictionary are scored.</summary>
    /// <param name="alive">features that are active on enough tokens</param>
    /// <param name="count">how many are drawn, at most</param>
    /// <param name="seed">keys the draw</param>
    /// <returns>their numbers, ascending</returns>
    public static int[] Draw(IReadOnlyCollection<int> alive, int count, ulong seed)
    {
        var order = alive.ToArray();
        new KeyedRandom(seed, "features").Shuffle<int>(order);
        return [.. order.Take(count).Order()];
    }
}
