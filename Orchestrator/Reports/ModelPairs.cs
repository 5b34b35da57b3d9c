using Sweeps.Orchestrator.Reports.Statistics;

namespace Sweeps.Orchestrator.Reports;

/// <summary>Two models of one replica whose circuits for the same tasks are compared.</summary>
/// <param name="Model">whose circuits are expected to be smaller</param>
/// <param name="Other">what it is compared with</param>
internal sealed record ModelPair(ReportModel Model, ReportModel Other);

/// <summary>Pairs of models that are compared together: the same question asked of several replicas or shapes.</summary>
/// <param name="Name">what they are called; null for the names of their models</param>
/// <param name="Pairs">in the plan's order</param>
internal sealed record ModelPairs(string? Name, IReadOnlyList<ModelPair> Pairs)
{
    /// <summary>The columns of a table with a row for each group of pairs.</summary>
    public static IReadOnlyList<string> Columns(string model, string other) =>
    [
        model, other, $"loss, {model}", $"loss, {other}", "tasks", $"edges, {model}", $"edges, {other}", "times as many", "95 % interval",
        "tasks with more",
    ];

    /// <summary>How many of <see cref="Columns"/> are words.</summary>
    public const int TextColumns = 4;

    /// <summary>The edges of the others against the models', by the tasks that both have a circuit for that counts; null of none.</summary>
    /// <param name="seed">the sweep's</param>
    /// <param name="question">what is compared, which has draws of its own</param>
    public PairedRatio? Compare(ulong seed, string question) => PairedRatio.Of(
        [
            .. from pair in Pairs
               from task in pair.Model.Tasks
               let size = CountedEdges.OfBest(task)
               let other = CountedEdges.In(pair.Other, task.Task, CountedEdges.OfBest)
               where size is not null && other is not null
               select new SizePair(task.Task, pair.Model.Replica, size.Value, other.Value),
        ],
        new KeyedRandom(seed, "report", question));

    /// <summary>The row of a table of <see cref="Columns"/>.</summary>
    public IReadOnlyList<string> Row(PairedRatio? ratio) =>
    [
        Name ?? Joined(p => p.Model.Id), Name is null ? Joined(p => p.Other.Id) : "",
        Name is null ? Joined(p => Loss(p.Model)) : "", Name is null ? Joined(p => Loss(p.Other)) : "",
        Format.Count(ratio?.Tasks ?? 0), Format.Short(ratio?.Size), Format.Short(ratio?.Other), Format.Short(ratio?.Ratio),
        Format.Interval(ratio?.Interval), Format.Count(ratio?.TasksWithMore),
    ];

    private static string Loss(ReportModel model) => Format.Loss(model.Trained!.ValidationLoss);

    private string Joined(Func<ModelPair, string> text) => string.Join(", ", Pairs.Select(text));
}
