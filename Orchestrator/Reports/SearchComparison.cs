using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>One search that all of the compared sweeps have made, in the same model.</summary>
/// <param name="Model">the model</param>
/// <param name="Task">the task</param>
/// <param name="Searches">what came of it, in the sweeps' order</param>
internal sealed record ComparedSearch(string Model, string Task, IReadOnlyList<ReportTask> Searches);

/// <summary>
/// Compares the searches of several sweeps, which share models and tasks and differ in how they search. Ratios are to the first sweep,
/// search by search, so that what makes one task or model harder than another drops out.
/// </summary>
/// <param name="Sweeps">the sweeps' names</param>
/// <param name="Searches">in the order of tasks, then of models</param>
internal sealed record SearchComparison(IReadOnlyList<string> Sweeps, IReadOnlyList<ComparedSearch> Searches)
{
    /// <summary>Pairs the searches of <paramref name="reports"/>.</summary>
    /// <exception cref="InvalidDataException">they have no ended search in common, or a model of theirs is not the same</exception>
    public static SearchComparison Of(IReadOnlyList<ReportDocument> reports)
    {
        var searches =
            (from task in reports[0].Spec.Tasks
             from model in reports[0].Models
             let found = reports.Select(report => Find(report, model, task)).ToList()
             where found.TrueForAll(search => search is { Completed: true })
             select new ComparedSearch(model.Id, task, [.. found.OfType<ReportTask>()])).ToList();
        return searches.Count > 0
            ? new SearchComparison([.. reports.Select(report => report.Name)], searches)
            : throw new InvalidDataException(
                $"{string.Join(" and ", reports.Select(report => report.Name))} have no search of the same model and task that has ended "
                    + $"in all of them");
    }

    /// <summary>The comparison as a page: ratios, then every search, then plots of the progress.</summary>
    public ReportPage Page() => new($"Searches of {string.Join(", ", Sweeps)}",
    [
        new(
            "Size of the best circuit", [Words],
            [Ratios(), Sizes(), .. LeftOut() is { Rows.Count: > 0 } left ? [left] : Array.Empty<ReportTable>()], []),
        new(
            "Progress",
            ["Thick lines are means over the models, thin ones the models. The objective is log10(1 + size) of the best circuit so far; "
                + "a search that has not reached the target yet stands above those that have."],
            [], [.. Tasks().Select(Progress)]),
    ]);

    private string Words =>
        $"Ratio: size of the best circuit after so many rounds, divided by that of {Sweeps[0]} in the same model and task; the geometric "
            + $"mean over searches. Below 1 is smaller. "
        + "Smaller, equal, larger: of how many searches the final circuit is smaller than, as large as or larger than that of "
        + $"{Sweeps[0]}. Tasks that a model answers without any edge, or has not learned, are left out of the ratios.";

    private IReadOnlyList<ComparedSearch> Counted => [.. Searches.Where(search => Missing(search) is null)];

    private int Rounds => Searches.Max(search => search.Searches.Max(s => s.BestSoFar.Count));

    private ReportTable Ratios()
    {
        int[] shown = [.. Enumerable.Range(1, Rounds).Where(round => int.IsPow2(round) || round == Rounds)];
        var rows =
            from same in Counted.GroupBy(search => search.Task)
            from sweep in Enumerable.Range(1, Sweeps.Count - 1)
            let task = same.Key
            let searches = same.ToList()
            let final = searches.Select(search => Ratio(search, sweep, Rounds)).ToList()
            select (IReadOnlyList<string>)[
                task, Sweeps[sweep], Format.Count(searches.Count),
                .. shown.Select(round => Format.Short(Math.Pow(10, searches.Average(search => Ratio(search, sweep, round))))),
                Format.Count(final.Count(r => r < 0)), Format.Count(final.Count(r => r == 0)), Format.Count(final.Count(r => r > 0))];
        return new ReportTable(
            $"Size against {Sweeps[0]}",
            ["task", "sweep", "searches", .. shown.Select(round => $"after {round}"), "smaller", "equal", "larger"],
            [.. rows], TextColumns: 2);
    }

    private ReportTable LeftOut() => new(
        "Left out of the ratios",
        ["task", "model", "why"],
        [
            .. from search in Searches
               let missing = Missing(search)
               where missing is not null
               select (IReadOnlyList<string>)[search.Task, search.Model, CircuitVerdicts.Words(missing.Value)],
        ], TextColumns: 3);

    private ReportTable Sizes() => new(
        "Best circuit of every search: edges, and loss on pairs that no choice was made on",
        ["task", "model", .. Sweeps.SelectMany(sweep => new[] { $"{sweep}: edges", $"{sweep}: test loss" })],
        [
            .. Searches.Select(search => (IReadOnlyList<string>)[
                search.Task, search.Model, .. search.Searches.SelectMany(s => new[] { Edges(s), Format.Loss(s.Best?.TestLoss) })]),
        ],
        TextColumns: 2);

    private ReportFigure Progress(string task)
    {
        var searches = Searches.Where(search => search.Task == task).ToList();
        var series = new List<Series>();
        for (var sweep = 0; sweep < Sweeps.Count; sweep++)
        {
            var lines = searches.Select(search => (search.Model, Best: Best(search.Searches[sweep]))).ToList();
            series.Add(
                new Series(
                    Sweeps[sweep],
                    [.. Enumerable.Range(0, Rounds).Select(round => (round + 1.0, lines.Average(line => At(line.Best, round))))],
                    Markers: true)
                { Color = sweep });
            series.AddRange(
                lines.Select(
                    line =>
                        new Series(
                            $"{Sweeps[sweep]}, {line.Model}",
                            [.. line.Best.Select((best, round) => (round + 1.0, best))])
                        { Color = sweep, IsFaint = true }));
        }
        return SearchSection.BestSoFar(task, series, $"{task}: the best objective after each round.");
    }

    private IEnumerable<string> Tasks() => Searches.Select(search => search.Task).Distinct();

    private static double Ratio(ComparedSearch search, int sweep, int round) =>
        At(Best(search.Searches[sweep]), round - 1) - At(Best(search.Searches[0]), round - 1);

    /// <summary>A search that ended early keeps what it had.</summary>
    private static double At(List<double> best, int round) => best[Math.Min(round, best.Count - 1)];

    private static List<double> Best(ReportTask search) => [.. search.BestSoFar.Select(best => best ?? double.NaN)];

    private static string Edges(ReportTask search) =>
        search.Best is { } best ? $"{Format.Count(best.Edges)}{(best.Reached ? "" : " (target missed)")}" : Format.None;

    private static CircuitVerdict? Missing(ComparedSearch search)
    {
        var missing = search.Searches.Where(s => s.Verdict is CircuitVerdict.Empty or CircuitVerdict.NotLearned);
        return missing.FirstOrDefault()?.Verdict;
    }

    private static ReportTask? Find(ReportDocument report, ReportModel model, string task)
    {
        var same = report.Models.FirstOrDefault(m => m.Id == model.Id);
        if (same?.Trained is { } trained && model.Trained is { } expected && trained.Sha256 != expected.Sha256)
            throw new InvalidDataException(
                $"{report.Name} has another model {model.Id} than the first sweep: searches of different models do not compare");
        return same?.Tasks.FirstOrDefault(t => t.Task == task);
    }
}
