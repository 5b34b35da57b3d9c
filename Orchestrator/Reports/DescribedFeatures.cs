namespace Sweeps.Orchestrator.Reports;

/// <summary>The dictionaries whose features a sweep describes, and the orders in which features are shown.</summary>
internal static class DescribedFeatures
{
    /// <summary>What comes first: the largest of these, by the word for it; what has none comes last.</summary>
    public static IReadOnlyDictionary<string, Func<FeatureScores, double?>> Orders { get; } =
        new Dictionary<string, Func<FeatureScores, double?>>(StringComparer.Ordinal)
        {
            ["rule"] = one => one.RuleR,
            ["patterns"] = one => one.NgramR,
            ["purity"] = one => one.Purity,
            ["concept"] = one => one.ConceptMatthews,
            ["density"] = one => one.Density,
            ["number"] = one => -one.Feature,
        };

    /// <summary>The dictionaries of a model: autoencoders, then baselines, under the names of the trials that score them.</summary>
    /// <returns>of each its name, and the scores and the file of its features once they are described</returns>
    public static IEnumerable<(string Name, DictionaryScores? Scores, ArtifactRef? File)> Of(ModelSnapshot model) =>
        model.Dictionaries.SelectMany(at => at.Autoencoders.Select(one => (one.Name, one.Scores?.Scores, one.Scores?.Features)).Concat(
            at.Baselines.Select(one => (one.Name, one.Scores?.Scores, one.Scores?.Features))));

    /// <summary>Features in one of the <see cref="Orders"/>; equal ones by number.</summary>
    public static IEnumerable<FeatureScores> Sorted(IEnumerable<FeatureScores> features, Func<FeatureScores, double?> order) =>
        features.OrderByDescending(one => order(one) ?? double.NegativeInfinity).ThenBy(one => one.Feature);
}
