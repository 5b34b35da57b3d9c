using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about searches: their progress side by side, then each by itself, folded away.</summary>
internal static class SearchSection
{
    private const string Words =
        "The lowest objective so far, after each round. The objective of a pruning is log10(1 + size) of its smallest circuit that "
            + "reaches the target; one that misses it is "
        + "larger than any that reaches it. Below, each search by itself; `sweeps search show` lists its prunings.";

    /// <summary>
    /// The section of <paramref name="report"/>, with the searches of the detailed models of <paramref name="inputs"/> one by one; null
    /// without tasks.
    /// </summary>
    public static ReportSection? Of(ReportDocument report, ReportInputs inputs)
    {
        if (!report.HasTasks()) return null;
        return new("Search", [Words, .. RandomOnly(report)], [], [.. Progress(report)])
        {
            Folded =
            [
                .. from model in report.Models
                   where inputs.Detailed(model)
                   from task in model.Tasks
                   where task.Search is { RoundsClosed: > 0 }
                   let search = task.Search!
                   select Of(model, task, search, report.Spec.Pruning.SelectionLoss),
            ],
        };
    }

    private static IEnumerable<string> RandomOnly(ReportDocument report)
    {
        var searches = report.Models.SelectMany(m => m.Tasks).Where(t => t.Search is not null).ToList();
        var random = searches.Count(t => SearchTables.IsRandomOnly(t, t.Search!));
        if (random == 0) yield break;
        yield return $"CARBS (random phase only): in {Format.Count(random)} of {Format.Count(searches.Count)} searches no round "
            + $"began after search.carbs.random_samples ({Format.Count(report.Spec.Search.Carbs.RandomSamples)}) prunings had succeeded, "
            + "so that every point was drawn around the centre. With more rounds, or fewer random samples, CARBS learns from what it saw.";
    }

    private static IEnumerable<ReportFigure> Progress(ReportDocument report) =>
        from task in report.Spec.Tasks
        let series = report.WithTask(task).Where(p => p.Task.BestSoFar.Any(b => b is not null))
            .Select(
                p => new Series(
                    p.Model.Id, [.. p.Task.BestSoFar.Index().Where(b => b.Item is not null).Select(b => (b.Index + 1.0, b.Item!.Value))],
                    Markers: true)).ToList()
        // After one round there is nothing to follow.
        where series.Any(s => s.Points.Count > 1)
        select BestSoFar(task, series, $"{task}: the best objective after each round of the search.");

    /// <summary>The plot of the best objective after each round.</summary>
    internal static ReportFigure BestSoFar(string task, IReadOnlyList<Series> series, string caption) => new($"search-{task}", new LinePlot
    {
        Title = $"{task}: best objective so far",
        XLabel = "round",
        XWhole = true,
        YLabel = "objective",
        Series = series,
    }.Draw(), caption);

    private static ReportSection Of(ReportModel model, ReportTask task, ReportSearch search, double target)
    {
        var figures = new List<ReportFigure>();
        if (task.Prunings.Any(p => p.Objective is not null))
            figures.Add(
                new(
                    $"observations-{model.Id}-{task.Task}", Observations(model, task, target),
                    $"{task.Task} in {model.Id}: the objective of each pruning, in the order of suggestion."));
        if (search.Importance.Count > 0)
            figures.Add(
                new(
                    $"importance-{model.Id}-{task.Task}", Importance(model, task, search),
                    $"{task.Task} in {model.Id}: share of the variation of the objective that each hyperparameter accounts for, by a "
                        + $"model of it."));
        return new ReportSection(
            $"{task.Task} in {model.Id}", [SearchTables.Summary(task, search)], [SearchTables.Front(task, search)], figures);
    }

    private static SvgCanvas Observations(ReportModel model, ReportTask task, double target)
    {
        var seen = task.Prunings.Where(p => p.Objective is not null).ToLookup(
            p => p.Loss <= target, p => ((double)p.Index, p.Objective!.Value));
        var best = double.PositiveInfinity;
        var line = task.Prunings.Where(p => p.Objective is not null).Select(
            p => ((double)p.Index, best = Math.Min(best, p.Objective!.Value))).ToList();
        return new LinePlot
        {
            Title = $"{task.Task} in {model.Id}: prunings",
            XLabel = "pruning",
            XWhole = true,
            YLabel = "objective",
            Series = [new("best so far", line), new("target missed", [.. seen[false]], Markers: true, Line: false), new(
                "target reached", [.. seen[true]], Markers: true, Line: false)],
        }.Draw();
    }

    private static SvgCanvas Importance(ReportModel model, ReportTask task, ReportSearch search) => new BarPlot
    {
        Title = $"{task.Task} in {model.Id}: what mattered",
        XLabel = "share of the variation of the objective",
        Legend = ("alone", "with its interactions"),
        Bars = [.. search.Importance.OrderByDescending(i => i.Total).Select(i => (i.Parameter, i.Alone, i.Total))],
    }.Draw();
}
