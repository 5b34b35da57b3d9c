using System.Globalization;
using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>What the report's section about training says of searches over it.</summary>
internal static class TrainingSearchTables
{
    private const string Failed = "failed", Forgotten = "forgotten", Stopped = "stopped early";

    /// <summary>How the best was chosen; nothing where no training is searched.</summary>
    public static IEnumerable<string> Words(ReportDocument report)
    {
        if (report.TrainingSearches.Count == 0) yield break;
        yield return "The training of each group of models is searched (training_search), and the best model of a group goes on to its "
            + "tasks. It is chosen on validation loss, the lowest of all trainings of its group, so that the loss of the best is a little "
            + "lower than it would be on documents that decided nothing. Each training has a seed of its own: where a point is repeated, "
            + "the two losses differ by that alone. Below, each search by itself.";
    }

    /// <summary>One row per group: the best of its trainings, beside the one that the search began with.</summary>
    public static IEnumerable<ReportTable> Best(ReportDocument report)
    {
        if (report.TrainingSearches.Count == 0) yield break;
        string[] names = [.. report.TrainingSearches[0].Center.Keys];
        yield return new ReportTable(
            "Best training of each group",
            ["group", "best", "rounds", "trainings", "failed", "loss at the centre", "best loss", .. names],
            [
                .. report.TrainingSearches.Select(search =>
                {
                    var models = Models(report, search);
                    var best = BestOf(models);
                    return (IReadOnlyList<string>)[
                        search.Group, best?.Id ?? Format.None, Format.Count(search.RoundsClosed),
                        Format.Count(models.Count(m => m.Trained is not null || m.Failure is not null || m.Stopped is not null)),
                        Format.Count(models.Count(m => m.Failure is not null)),
                        Format.Loss(AtCenter(models, search)?.Trained?.ValidationLoss),
                        Format.Loss(best?.Trained?.ValidationLoss), .. Hyperparameters(best?.Suggested, names)];
                }),
            ],
            TextColumns: 2);
    }

    /// <summary>The lowest loss after each round; nothing where there is nothing to follow.</summary>
    public static IEnumerable<ReportFigure> Progress(ReportDocument report)
    {
        Series[] series =
        [
            .. from search in report.TrainingSearches
               let points = search.BestSoFar.Index().Where(best => best.Item is not null)
                   .Select(best => (best.Index + 1.0, best.Item!.Value)).ToList()
               where points.Count > 1
               select new Series(search.Group, points, Markers: true),
        ];
        if (series.Length == 0) yield break;
        yield return new("training-search", new LinePlot
        {
            Title = "Searches over the training",
            XLabel = "round",
            XWhole = true,
            YLabel = "lowest validation loss so far, nats per token",
            Series = series,
        }.Draw(), "The lowest validation loss of each group after each round of its search.");
    }

    /// <summary>A search by itself: each training with its hyperparameters and its loss, and what mattered.</summary>
    public static ReportSection Of(ReportDocument report, ReportTrainingSearch search)
    {
        var models = Models(report, search);
        string[] names = [.. search.Center.Keys];
        List<ReportTable> tables = [Trainings(models, names)];
        if (search.Importance.Count > 0) tables.Add(Importance(models, search));
        var missing = models.Where(m => m.Failure is not null).ToList();
        if (missing.Count > 0)
        {
            tables.Add(new ReportTable(
                "Without a loss", ["model", "why"],
                [.. missing.Select(m => (IReadOnlyList<string>)[m.Id, $"{Fate(m)}: {m.Failure}"])], TextColumns: 2));
        }
        return new ReportSection($"Training of {search.Group}", [Summary(search, models)], tables, []);
    }

    private static string Summary(ReportTrainingSearch search, List<ReportModel> models) => string.Create(
        CultureInfo.InvariantCulture,
        $"{search.Algorithm}, version {search.AlgorithmVersion}: {search.RoundsClosed} rounds closed, {SearchTables.End(search.Ended)}. "
            + $"{models.Count} trainings, of which {models.Count(m => Fate(m) == Failed)} failed"
            + $"{Early(models.Count(m => m.Stopped is not null))} and "
            + $"{models.Count(m => Fate(m) == Forgotten)} were forgotten. The best is chosen on validation loss.");

    private static string Early(int stopped) => stopped == 0 ? "" : $", {Format.Count(stopped)} were stopped early";

    private static ReportTable Trainings(List<ReportModel> models, string[] names)
    {
        var best = BestOf(models);
        return new ReportTable(
            "Trainings, in the order of suggestion",
            ["model", "", "from", "round", .. names, "validation loss"],
            [
                .. models.Select(m => (IReadOnlyList<string>)[
                    m.Id, m == best ? "best" : Fate(m), SearchTables.Kind(m.Suggested!.Kind), Format.Count(m.Suggested.Round + 1),
                    .. Hyperparameters(m.Suggested, names), Format.Loss(m.Trained?.ValidationLoss)]),
            ],
            TextColumns: 3);
    }

    private static ReportTable Importance(IReadOnlyList<ReportModel> models, ReportTrainingSearch search) => new(
        "What mattered: share of the variation of the validation loss",
        ["hyperparameter", "alone", "with its interactions", "centre", "best"],
        [
            .. search.Importance.OrderByDescending(i => i.Total).Select(i => (IReadOnlyList<string>)[
                i.Parameter, Format.Percent(i.Alone), Format.Percent(i.Total), Format.Short(search.Center[i.Parameter]),
                Format.Short(BestOf(models)?.Suggested?.Hyperparameters[i.Parameter])]),
        ]);

    private static string Fate(ReportModel model) => model switch
    {
        { Trained: not null } => "",
        { Stopped: not null } => Stopped,
        { Suggested.Forgotten: true } => Forgotten,
        { Failure: not null } => Failed,
        _ => "not ended yet",
    };

    /// <summary>Those that are suggested, in order.</summary>
    private static List<ReportModel> Models(ReportDocument report, ReportTrainingSearch search) =>
        [.. report.Models.Where(m => m.Group == search.Group && m.Suggested is not null)];

    // The one that goes on; while the search does, the best so far, the first of equals.
    private static ReportModel? BestOf(IReadOnlyList<ReportModel> models) => models.FirstOrDefault(m => m.Selected)
        ?? models.Where(m => m.Trained is { ValidationLoss: var loss } && !double.IsNaN(loss)).MinBy(m => m.Trained!.ValidationLoss);

    private static ReportModel? AtCenter(IReadOnlyList<ReportModel> models, ReportTrainingSearch search) =>
        models.FirstOrDefault(m => m.Suggested!.Hyperparameters.All(value => value.Value == search.Center[value.Key]));

    private static IEnumerable<string> Hyperparameters(ReportSuggestedTraining? suggested, IEnumerable<string> names) =>
        names.Select(name => Format.Short(suggested?.Hyperparameters[name]));
}
