using Sweeps.Orchestrator.Reports.Statistics;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about circuits in different bases: a model's channels, and the features of its autoencoders.</summary>
internal static class BasesSection
{
    private const string Words =
        "A circuit can be of a model's own channels, or of features that sparse autoencoders have found in what layers read and write. "
            + "Here both are pruned for the same tasks, with the same pairs, the same number of prunings and the same hyperparameters. "
            + "What autoencoders do not explain of an activation is their error. Where it is kept, it may carry the answer past all "
            + "features, and each place where it is kept counts as one node more; where it is at its mean, the circuit is of features "
            + "alone.";

    private const string Edges =
        "Edges are counted in three ways. Structural edges are all weights that are not 0 between kept nodes: a weight-sparse model has "
            + "few by its definition, and nearly every pair of features has one. Effective edges are the fewest that reach the target "
            + "when all others carry the mean of what they read, taken in the order of |weight| · standard deviation of the source · mean "
            + "slope of the loss at the target. Pruned edges are the same in the order of masks that were trained on them. These two say "
            + "more about a fair comparison than the first. Between channels nothing is counted across the residual, since a read "
            + "of a channel is the sum of its writes; features of a read depend on all features that were written before, so that the "
            + "pairs where this moves a read by more than a hundredth of its range are a column of their own.";

    /// <summary>The section of <paramref name="report"/>; null where no circuits were compared.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        var columns = Columns(report);
        if (columns.Count == 0) return null;
        var common = Common(columns);
        return new ReportSection(
            "Circuits of channels and of features", [Words, Edges, Said(columns, common)],
            [Circuits(report, columns), .. common.Count == 0 ? Array.Empty<ReportTable>() : [Means(report, columns, common)]], []);
    }

    /// <summary>The words of a basis.</summary>
    internal static string Word(string basis) => basis switch
    {
        "channels" => "channels",
        "features-keep" => "features, error kept",
        "features-mean" => "features, error at its mean",
        _ => basis,
    };

    private static List<Column> Columns(ReportDocument report) =>
    [
        .. from model in report.Models
           from basis in CircuitBases.All
           let circuits = (from task in model.Tasks
                           from found in task.Bases
                           where found.Basis == basis.Name
                           select (task.Task, found.Circuit)).ToDictionary(one => one.Task, one => one.Circuit)
           where circuits.Count > 0
           select new Column(model, basis.Name, circuits),
    ];

    /// <summary>Tasks whose circuit reaches the target and has edges of every kind in all columns, in the sweep's order.</summary>
    private static List<string> Common(List<Column> columns) =>
    [
        .. columns[0].Model.Tasks.Select(task => task.Task).Where(task => columns.TrueForAll(
            column => column.Circuits.GetValueOrDefault(task) is
                { Reached: true, Nodes: > 0, StructuralEdges: > 0, EffectiveEdges: > 0, PrunedEdges: > 0 })),
    ];

    private static string Said(List<Column> columns, List<string> common)
    {
        var all = columns.SelectMany(column => column.Circuits.Keys).Distinct(StringComparer.Ordinal).Count();
        return common.Count == 0
            ? $"There are no means: none of {Format.Count(all)} tasks has a circuit with edges that reaches the target in every column."
            : $"Means are geometric, over the {Format.Count(common.Count)} of {Format.Count(all)} tasks whose circuits have edges and "
                + $"reach the target in every column: {string.Join(", ", common)}.";
    }

    private static ReportTable Circuits(ReportDocument report, List<Column> columns) => new(
        "Circuits by task, model and basis",
        [
            "task", "model", "nodes are", "nodes", "errors kept", "structural edges", "effective edges", "pruned edges",
            "+ residual edges", "loss, validation pairs", "loss, test pairs", "without it, test pairs",
        ],
        [
            .. from task in report.Models.SelectMany(model => model.Tasks).Select(task => task.Task).Distinct(StringComparer.Ordinal)
               from column in columns
               let circuit = column.Circuits.GetValueOrDefault(task)
               where circuit is not null
               select (IReadOnlyList<string>)
               [
                   task, column.Model.Id, circuit.Reached ? Word(column.Basis) : $"{Word(column.Basis)} (misses the target)",
                   Format.Count(circuit.Nodes), Format.Count(circuit.Errors), Format.Count(circuit.StructuralEdges),
                   Format.Count(circuit.EffectiveEdges), Format.Count(circuit.PrunedEdges), Format.Count(circuit.ResidualEdges),
                   Format.Loss(circuit.ValidationLoss), Format.Loss(circuit.TestLoss), Format.Loss(circuit.Necessity),
               ],
        ],
        TextColumns: 3);

    private static ReportTable Means(ReportDocument report, List<Column> columns, List<string> common)
    {
        // What all others are set against: the channels of the sparsest model.
        var reference = columns.Where(column => column.Basis == columns[0].Basis).MinBy(column => column.Model.L0Target)!;
        return new ReportTable(
            $"Geometric means; times as many as {Word(reference.Basis)} of {reference.Model.Id}, with intervals of 95 %",
            [
                "model", "nodes are", "nodes", "structural edges", "effective edges", "pruned edges", "times nodes", "times effective",
                "times pruned",
            ],
            [
                .. columns.Select(column => (IReadOnlyList<string>)
                [
                    column.Model.Id, Word(column.Basis), Mean(column, c => c.Nodes + c.Errors), Mean(column, c => c.StructuralEdges),
                    Mean(column, c => c.EffectiveEdges!.Value), Mean(column, c => c.PrunedEdges!.Value),
                    Times(column, "nodes", c => c.Nodes + c.Errors), Times(column, "effective", c => c.EffectiveEdges!.Value),
                    Times(column, "pruned", c => c.PrunedEdges!.Value),
                ]),
            ],
            TextColumns: 2);

        string Mean(Column column, Func<BasisCircuitResult, int> size) =>
            Format.Short(GeometricMean.Of(common.Select(task => size(column.Circuits[task]))));

        string Times(Column column, string what, Func<BasisCircuitResult, int> size)
        {
            if (column == reference) return "1";
            var pairs = common.Select(
                task => new SizePair(task, 0, size(reference.Circuits[task]), size(column.Circuits[task]))).ToList();
            var ratio = PairedRatio.Of(pairs, new KeyedRandom(report.Spec.Seed, "report", "bases", column.Model.Id, column.Basis, what))!;
            return ratio.Interval is null ? Format.Short(ratio.Ratio) : $"{Format.Short(ratio.Ratio)} ({Format.Interval(ratio.Interval)})";
        }
    }

    private sealed record Column(ReportModel Model, string Basis, IReadOnlyDictionary<string, BasisCircuitResult> Circuits);
}
