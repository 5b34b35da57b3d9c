namespace Sweeps.Orchestrator.Reports;

/// <summary>The dictionaries of one location of a model.</summary>
/// <param name="Location">which</param>
/// <param name="Autoencoders">in the plan's order</param>
/// <param name="Baselines">each at each number of active features; empty until they are measured</param>
/// <param name="Similarities">of every autoencoder with every other, both ways; empty until it is known</param>
/// <param name="BaselineScores">what the baselines' features mean; empty where that is not asked for</param>
/// <param name="Ablations">how few features carry a task, by task; empty where it is not asked for, or not known yet</param>
internal sealed record ReportDictionaries(
    string Location, IReadOnlyList<ReportAutoencoder> Autoencoders, IReadOnlyList<MeasuredBaseline> Baselines,
    IReadOnlyList<DictionarySimilarity> Similarities, IReadOnlyList<ReportBaselineScores> BaselineScores,
    IReadOnlyList<AblationSnapshot> Ablations)
{
    /// <summary>What is known of them.</summary>
    public static ReportDictionaries Of(DictionariesSnapshot at) => new(
        at.Location,
        [.. at.Autoencoders.Select(ReportAutoencoder.Of)],
        at.Compared?.Baselines ?? [],
        at.Compared?.Similarities ?? [],
        [.. at.Baselines.Select(one => new ReportBaselineScores(one.Name, one.Kind, one.Scores?.Scores, one.Scores?.Features))],
        at.Ablations);
}

/// <summary>An autoencoder.</summary>
/// <param name="Name">as its trial names it</param>
/// <param name="Kind">how its codes are made</param>
/// <param name="Ratio">features per channel</param>
/// <param name="K">active features that are asked for; null of the L1 kinds</param>
/// <param name="Alpha">weight of the L1 term, in the units of the option; null of the others</param>
/// <param name="Seed">of the initial weights</param>
/// <param name="Trained">null until it is, and when that failed</param>
/// <param name="Failure">why it failed</param>
/// <param name="Scores">what its features mean; null until it is known, and where it is not asked for</param>
/// <param name="Features">the file of its features, for <c>sweeps features</c></param>
internal sealed record ReportAutoencoder(
    string Name, AutoencoderKind Kind, double Ratio, int? K, double? Alpha, ulong Seed, TrainAutoencoderResult? Trained, string? Failure,
    DictionaryScores? Scores, ArtifactRef? Features)
{
    /// <summary>What is known of it.</summary>
    public static ReportAutoencoder Of(AutoencoderSnapshot one)
    {
        var isL1 = one.Options.Kind is AutoencoderKind.L1 or AutoencoderKind.L1Tied;
        return new ReportAutoencoder(
            one.Name, one.Options.Kind, one.Options.Ratio, isL1 ? null : one.Options.K, isL1 ? one.Options.Alpha : null, one.Options.Seed,
            one.Trained, one.Failure, one.Scores?.Scores, one.Scores?.Features);
    }

    /// <summary>The line of a plot that it is on: autoencoders that differ in how sparse they are, and in their seeds.</summary>
    public string Line => $"{DictionaryWords.Of(Kind)}, ratio {Format.Short(Ratio)}";

    /// <summary>How sparse it is asked to be.</summary>
    public string Sparsity => K is { } k ? $"k {Format.Count(k)}" : $"α {Format.Short(Alpha)}";
}

/// <summary>What a baseline's features mean.</summary>
/// <param name="Name">as the trial that scores it names it</param>
/// <param name="Kind">which baseline</param>
/// <param name="Scores">null until it is known</param>
/// <param name="Features">the file of its features</param>
internal sealed record ReportBaselineScores(string Name, BaselineKind Kind, DictionaryScores? Scores, ArtifactRef? Features);
