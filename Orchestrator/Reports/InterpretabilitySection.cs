namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about what features of autoencoders and of baselines mean, as far as rules can say it.</summary>
internal static class InterpretabilitySection
{
    private const string Words =
        "Rules stand in the place of a language model here. For each feature a small regression tree over the context of a token (the last "
            + "four tokens, and where in the program it stands) is fitted to its activations on one half of the text. The score is the "
            + "correlation of what the tree predicts with the activation on the other half, in fragments with the feature's largest "
            + "activations and in others where it is active (rule), or in fragments drawn whatever it does (rule, random). First test is "
            + "the same with one test instead of three in a row, patterns the same with a few suffixes of tokens. Null is what rules "
            + "reach when the tokens are exchanged: chance. Purity is 1 where the largest activations are all on one token, and 0 where "
            + "these are as mixed as the text. Concept is the Matthews correlation with the one property of the context that the feature "
            + "is most like.";

    private const string Means =
        "Each number is the mean over features that were drawn from the alive ones, with a bootstrap interval of 95 %. A baseline is taken "
            + "at the number of active features nearest to autoencoders.training.k.";

    /// <summary>The section of <paramref name="report"/>; null where nothing was scored.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        var scored = AutoencodersSection.All(report).Where(at =>
            at.Of.Autoencoders.Any(one => one.Scores is not null) || at.Of.BaselineScores.Any(one => one.Scores is not null)).ToList();
        return scored.Count == 0
            ? null
            : new ReportSection("What features mean", [Words, Means], [.. scored.Select(at => Table(at.Model, at.Of))], []);
    }

    private static ReportTable Table(string model, ReportDictionaries at) => new(
        $"Features of {at.Location} in {model}",
        ["dictionary", "features", "rule", "rule, random", "first test", "null", "patterns", "purity", "concept"],
        [
            .. at.Autoencoders.Where(one => one.Scores is not null).Select(one => Row(one.Name[(at.Location.Length + 1)..], one.Scores!)),
            .. at.BaselineScores.Where(one => one.Scores is not null).Select(one => Row(DictionaryWords.Of(one.Kind), one.Scores!)),
        ]);

    private static IReadOnlyList<string> Row(string name, DictionaryScores scores) =>
    [
        name, Format.Count(scores.Features), Text(scores.Rule), Text(scores.RuleRandom), Text(scores.DepthOne), Text(scores.NullRule),
        Text(scores.Ngram), Text(scores.Purity), Text(scores.Concept),
    ];

    private static string Text(MeanWithInterval? mean) =>
        mean is null ? Format.None : $"{Rounded(mean.Mean)} ({Rounded(mean.Low)} to {Rounded(mean.High)})";

    private static string Rounded(double value) => Format.Loss(value)[..^1];
}
