using System.Globalization;
using Sweeps.Search;

namespace Sweeps.Orchestrator.Reports;

/// <summary>Words and tables about one search, for the report and for the terminal.</summary>
internal static class SearchTables
{
    private static readonly string[] _names = [.. PaperSpaces.Pruning.Parameters.Select(p => p.Name)];

    /// <summary>How the search went, in a few sentences.</summary>
    public static string Summary(ReportTask task, ReportSearch search)
    {
        var (failed, forgotten) = (task.Prunings.Count(p => p.Failure is not null), task.Prunings.Count(p => p.Forgotten is not null));
        var stopped = task.Prunings.Count(p => p.Stopped is not null);
        var early = stopped > 0 ? $", {stopped} were stopped early" : "";
        var start = search.WarmStart.Count == 0 ? "" : $" It began around the best points of {string.Join(", ", search.WarmStart)}.";
        return string.Create(CultureInfo.InvariantCulture,
            $"{Algorithm(task, search)}, version {search.AlgorithmVersion}: {search.RoundsClosed} rounds closed, {End(search.Ended)}. "
                + $"{task.Prunings.Count} prunings, of which {failed} failed{early} and {forgotten} were forgotten.{start}");
    }

    /// <summary>How a search has ended, in words.</summary>
    public static string End(StopReason? reason) => reason switch
    {
        null => "not ended yet",
        StopReason.Rounds => "ended with its last round",
        StopReason.Cost => "ended when its cost was used up",
        StopReason.Stalled => "ended when nothing better was found",
        StopReason.Command => "ended by command",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "expected a reason to stop"),
    };

    /// <summary>Whether a search that learns from its observations never did: every point was drawn without regard to them.</summary>
    public static bool IsRandomOnly(ReportTask task, ReportSearch search) =>
        search.Algorithm == "carbs" && task.Prunings.All(p => p.Kind is SuggestionKind.Center or SuggestionKind.Random);

    private static string Algorithm(ReportTask task, ReportSearch search) =>
        !IsRandomOnly(task, search) ? search.Algorithm : $"{search.Algorithm} (random phase only{(search.Ended is null ? " so far" : "")})";

    /// <summary>The best pruning after each round.</summary>
    public static ReportTable Rounds(ReportTask task)
    {
        var rows = task.BestSoFar.Select((best, round) =>
        {
            var pruning = task.Prunings.FirstOrDefault(p => p.Round <= round && p.Objective is not null && p.Objective == best);
            return (IReadOnlyList<string>)[Format.Count(round + 1), Format.Count(pruning?.Index), Format.Short(best), Format.Count(
                pruning?.Nodes), Format.Count(pruning?.Edges), Format.Loss(pruning?.Loss)];
        });
        return new ReportTable("Best so far", ["after round", "pruning", "objective", "nodes", "edges", "loss"], [.. rows], TextColumns: 0);
    }

    /// <summary>The Pareto front, with the hyperparameters of its points.</summary>
    public static ReportTable Front(ReportTask task, ReportSearch search) => new(
        "Pareto front of cost and objective, means over repeats",
        ["pruning", "tried", "cost", "objective", .. _names],
        [
            .. search.Front.Select(p => (IReadOnlyList<string>)[
                Format.Count(p.Index), Format.Count(p.Observed.Count), Format.Short(p.Cost), Format.Short(p.Objective), .. Hyperparameters(
                    task.Prunings[p.Index].Hyperparameters)]),
        ],
        TextColumns: 0);

    /// <summary>How much each hyperparameter mattered, the most important first, and where the search began and ended.</summary>
    public static ReportTable Importance(ReportTask task, ReportSearch search)
    {
        var best = task.Best is { } circuit ? task.Prunings[circuit.Index].Hyperparameters : null;
        var rows = search.Importance.OrderByDescending(i => i.Total).Select(i => (IReadOnlyList<string>)[
            i.Parameter, Format.Percent(i.Alone), Format.Percent(i.Total), Value(search.Center, i.Parameter), best is null
                ? Format.None
                : Value(best, i.Parameter)]);
        return new ReportTable(
            "What mattered: share of the variation of the objective",
            ["hyperparameter", "alone", "with its interactions", "centre", "best"], [.. rows]);
    }

    /// <summary>Every pruning, in the order of suggestion.</summary>
    public static ReportTable Observations(ReportTask task) => new(
        "Prunings",
        ["pruning", "round", "from", "objective", "cost", "nodes", "edges", "loss", .. _names],
        [
            .. task.Prunings.Select(p => (IReadOnlyList<string>)[
                Format.Count(p.Index), Format.Count(p.Round + 1), Kind(p.Kind), Format.Short(p.Objective), Format.Short(
                    p.Cost), Format.Count(p.Nodes), Format.Count(p.Edges),
                Format.Loss(p.Loss), .. Hyperparameters(p.Hyperparameters)]),
        ],
        TextColumns: 0);

    /// <summary>Prunings that were stopped early; null where none was.</summary>
    public static ReportTable? Stopped(ReportTask task)
    {
        var stopped = task.Prunings.Where(p => p.Stopped is not null).ToList();
        return stopped.Count == 0 ? null : new ReportTable(
            "Stopped early: circuits of so many nodes, or fewer, miss the target, and a larger one would not be the best",
            ["pruning", "nodes", "edges", "loss", "nodes of the best before", "edges of the best before"],
            [
                .. stopped.Select(p => (IReadOnlyList<string>)[
                    Format.Count(p.Index), Format.Count(p.Stopped!.Nodes), Format.Count(p.Stopped.Edges), Format.Loss(p.Stopped.Loss),
                    Format.Count(p.Stopped.Best.Nodes), Format.Count(p.Stopped.Best.Edges)]),
            ],
            TextColumns: 0);
    }

    /// <summary>Why prunings have no objective.</summary>
    public static ReportTable Missing(ReportTask task) => new(
        "Without an objective",
        ["pruning", "why"],
        [.. task.Prunings.Where(p => p.Objective is null).Select(p => (IReadOnlyList<string>)[Format.Count(p.Index), Why(p)])],
        TextColumns: 2);

    private static IEnumerable<string> Hyperparameters(PruningHyperparameters point) =>
        PruningPoint.Space(point).Center.Select(value => value.ToString("G3", CultureInfo.InvariantCulture));

    private static string Value(PruningHyperparameters point, string name) =>
        Format.Short(PruningPoint.Space(point).Parameters.First(p => p.Name == name).Center);

    /// <summary>Where a suggestion came from, in a word.</summary>
    public static string Kind(SuggestionKind kind) => kind switch
    {
        SuggestionKind.Center => "centre",
        SuggestionKind.Resample => "repeat",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static string Why(ReportPruning p) => p switch
    {
        { Forgotten: { } reason } => $"forgotten: {reason}",
        { Failure: { } reason } => $"failed: {reason}",
        _ => "not observed yet",
    };
}
