using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about sparse autoencoders: how well they stand for activations, and how alike they are.</summary>
internal static class AutoencodersSection
{
    private const string Measures =
        "A dictionary writes each activation as a sum of a few of its features. L0 is how many, on average. FVU is the fraction of the "
            + "variance that the sum misses. The loss increase is what it costs the model's next token, in nats, when the sum takes the "
            + "activation's place everywhere, and the divergence how far the predictions then are from the model's own, in nats. "
            + "Recovered is what remains of the loss's advantage over the mean activation: it saturates near 1, so that the increase says "
            + "more. Dead features are 0 on all tokens that were measured; alive ones are not 0 on more than ten. Shrinkage is 1 where "
            + "reconstructions are as long as they should be, and less where they are shrunk, as the L1 penalty makes them.";

    private const string Baselines =
        "Baselines use as many features per activation: the first principal components, the largest of all principal components, "
            + "independent components, as many random directions as the largest autoencoder has features, and the channels themselves.";

    private const string Similar =
        "Autoencoders of different seeds begin with other weights and see the same data. The mean max cosine similarity (MMCS) looks for "
            + "each feature of one the nearest of the other: 1 where all are found again. It is the mean of both directions and of all "
            + "pairs of seeds; random directions have a number of their own, which is no 0 and is larger the more features there are.";

    /// <summary>The section of <paramref name="report"/>; null without autoencoders.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        var all = All(report);
        if (all.Count == 0) return null;
        return new ReportSection(
            "Sparse autoencoders",
            [
                Measures,
                .. all.Exists(at => at.Of.Baselines.Count > 0) ? [Baselines] : Array.Empty<string>(),
                .. all.Exists(at => at.Of.Similarities.Count > 0) ? [Similar] : Array.Empty<string>(),
            ],
            [.. all.SelectMany(at => new[] { Metrics(at.Model, at.Of), Stopped(at.Model, at.Of) }.OfType<ReportTable>())],
            [.. all.SelectMany(at => Figures(at.Model, at.Of))]);
    }

    /// <summary>The dictionaries of all models, by model and location.</summary>
    public static List<(string Model, ReportDictionaries Of)> All(ReportDocument report) =>
        [.. from model in report.Models from at in model.Dictionaries select (model.Id, at)];

    private static ReportTable Metrics(string model, ReportDictionaries at) => new(
        $"Dictionaries of {at.Location} in {model}",
        [
            "dictionary", "features", "L0", "FVU", "loss increase", "divergence", "recovered", "dead", "alive", "shrinkage", "length",
        ],
        [
            .. at.Autoencoders.Select(one => Row(
                one.Trained?.Stopped is null ? Name(at, one) : $"{Name(at, one)} (stopped early)", one.Trained?.Features,
                one.Trained?.Metrics, one.Failure)),
            .. at.Baselines.Select(one => Row(
                $"{DictionaryWords.Of(one.Kind)}, k {Format.Count(one.ActiveFeatures)}", null, one.Metrics, null)),
        ]);

    // Null where none was.
    private static ReportTable? Stopped(string model, ReportDictionaries at)
    {
        var stopped = at.Autoencoders.Where(one => one.Trained?.Stopped is not null).ToList();
        return stopped.Count == 0 ? null : new ReportTable(
            $"Autoencoders of {at.Location} in {model} that were stopped early, and are in no plot and no comparison",
            ["dictionary", "why"],
            [.. stopped.Select(one => (IReadOnlyList<string>)[Name(at, one), one.Trained!.Stopped!.ToString()])], TextColumns: 2);
    }

    private static string Name(ReportDictionaries at, ReportAutoencoder one) => at.Autoencoders.Any(other => other.Seed != one.Seed)
        ? $"{one.Line}, {one.Sparsity}, seed {one.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture)}"
        : $"{one.Line}, {one.Sparsity}";

    private static IReadOnlyList<string> Row(string name, int? features, DictionaryMetrics? m, string? failure) =>
    [
        failure is null ? name : $"{name} (failed)", Format.Count(features), Format.Short(m?.L0), Format.Short(m?.Fvu),
        Format.Loss(m?.LossIncrease), Format.Loss(m?.Divergence), Format.Percent(m?.Recovered), Format.Percent(m?.DeadFraction),
        Format.Count(m?.Alive), Format.Short(m?.Shrinkage), Format.Short(m?.NormRatio),
    ];

    private static IEnumerable<ReportFigure> Figures(string model, ReportDictionaries at)
    {
        var place = $"{at.Location} in {model}";
        var file = $"{model}-{at.Location}";
        if (!at.Autoencoders.Any(one => one.Trained is { Stopped: null }) && at.Baselines.Count == 0) yield break;
        yield return Plot("fvu", "variance not explained", "fraction of variance unexplained", m => m.Fvu);
        yield return Plot("loss-increase", "loss increase", "loss increase, nats per token", m => m.LossIncrease);
        yield return Plot("dead", "dead features", "dead features, fraction", m => m.DeadFraction, baselines: false);
        yield return Plot("shrinkage", "shrinkage", "shrinkage γ", m => m.Shrinkage);
        foreach (var kind in at.Autoencoders.Select(one => one.Kind).Distinct())
            if (Similarity(place, at, kind) is { } map)
                yield return new ReportFigure(
                    $"autoencoders-mmcs-{file}-{kind.ToString().ToLowerInvariant()}", map,
                    $"{DictionaryWords.Of(kind)} of {place}: how far autoencoders of different seeds have the same features (MMCS).");

        ReportFigure Plot(string name, string title, string label, Func<DictionaryMetrics, double> y, bool baselines = true) => new(
            $"autoencoders-{name}-{file}",
            new LinePlot
            {
                Title = $"{place}: {title}",
                XLabel = "L0, active features",
                YLabel = label,
                XLog = true,
                Series =
                [
                    .. at.Autoencoders.Where(one => one.Trained is { Stopped: null }).GroupBy(one => one.Line).Select(
                        line => Line(line.Key, line.Select(one => one.Trained!.Metrics), y)),
                    .. baselines
                        ? at.Baselines.GroupBy(one => one.Kind).Select(
                            line => Line(DictionaryWords.Of(line.Key), line.Select(one => one.Metrics), y))
                        : [],
                ],
            }.Draw(),
            $"{place}: {label}, over the mean number of active features; one line for each kind and ratio.");
    }

    private static Series Line(string name, IEnumerable<DictionaryMetrics> metrics, Func<DictionaryMetrics, double> y) =>
        new(name, [.. metrics.Select(m => (m.L0, y(m))).OrderBy(point => point.L0)], Markers: true);

    // Rows by ratio, columns by sparsity: the mean over pairs of seeds of what is otherwise the same.
    private static SvgCanvas? Similarity(string place, ReportDictionaries at, AutoencoderKind kind)
    {
        var of = at.Autoencoders.Where(one => one.Kind == kind).ToList();
        var sparsities = of.Select(one => one.Sparsity).Distinct().ToList();
        var rows = of.Select(one => one.Ratio).Distinct().Select(ratio => (
            Name: $"ratio {Format.Short(ratio)}",
            Cells: (IReadOnlyList<double?>)[.. sparsities.Select(sparsity => Between(
                [.. of.Where(one => one.Ratio.Equals(ratio) && one.Sparsity == sparsity).Select(one => one.Name)]))])).ToList();
        return rows.Exists(row => row.Cells.Any(cell => cell is not null))
            ? new HeatMap
            {
                Title = $"{DictionaryWords.Of(kind)} of {place}: MMCS between seeds",
                XLabel = of[0].K is null ? "weight of the L1 term" : "active features asked for",
                Columns = sparsities,
                Rows = rows,
            }.Draw()
            : null;

        double? Between(HashSet<string> names)
        {
            var found = from pair in at.Similarities
                        where names.Contains(pair.A) && names.Contains(pair.B) && double.IsFinite(pair.Mean)
                        select (double?)pair.Mean;
            return found.Average();
        }
    }
}
