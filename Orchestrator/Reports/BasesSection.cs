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
        var compared = BasisComparison.Of(
            [.. report.Models.Select(model => (
                model.Id, model.L0Target,
                (IReadOnlyList<(string, IReadOnlyList<BasisSnapshot>)>)[.. model.Tasks.Select(task => (task.Task, task.Bases))]))]);
        if (compared.Columns.Count == 0) return null;
        var means = compared.Means(report.Spec.Seed);
        return new ReportSection(
            "Circuits of channels and of features", [Words, Edges, Said(compared)],
            [Circuits(compared), .. means.Count == 0 ? Array.Empty<ReportTable>() : [Means(compared.Reference, means)]], []);
    }

    internal static string Word(string basis) => basis switch
    {
        "channels" => "channels",
        "features-keep" => "features, error kept",
        "features-mean" => "features, error at its mean",
        _ => basis,
    };

    private static string Said(BasisComparison compared)
    {
        var (all, common) = (compared.Tasks.Count, compared.Common);
        return common.Count == 0
            ? $"There are no means: none of {Format.Count(all)} tasks has a circuit with edges that reaches the target in every column."
            : $"Means are geometric, over the {Format.Count(common.Count)} of {Format.Count(all)} tasks whose circuits have edges and "
                + $"reach the target in every column: {string.Join(", ", common)}.";
    }

    private static ReportTable Circuits(BasisComparison compared) => new(
        "Circuits by task, model and basis",
        [
            "task", "model", "nodes are", "nodes", "errors kept", "structural edges", "effective edges", "pruned edges",
            "+ residual edges", "loss, validation pairs", "loss, test pairs", "without it, test pairs",
        ],
        [
            .. from task in compared.Tasks
               from column in compared.Columns
               let circuit = column.Circuit(task)
               where circuit is not null
               select (IReadOnlyList<string>)
               [
                   task, column.Model, circuit.Reached ? Word(column.Basis) : $"{Word(column.Basis)} (misses the target)",
                   Format.Count(circuit.Nodes), Format.Count(circuit.Errors), Format.Count(circuit.StructuralEdges),
                   Format.Count(circuit.EffectiveEdges), Format.Count(circuit.PrunedEdges), Format.Count(circuit.ResidualEdges),
                   Format.Loss(circuit.ValidationLoss), Format.Loss(circuit.TestLoss), Format.Loss(circuit.Necessity),
               ],
        ],
        TextColumns: 3);

    private static ReportTable Means(BasisColumn reference, IReadOnlyList<BasisMeans> means) => new(
        $"Geometric means; times as many as {Word(reference.Basis)} of {reference.Model}, with intervals of 95 %",
        [
            "model", "nodes are", "nodes", "structural edges", "effective edges", "pruned edges", "times nodes", "times effective",
            "times pruned",
        ],
        [
            .. means.Select(one => (IReadOnlyList<string>)
            [
                one.Model, Word(one.Basis), Format.Short(one.Nodes), Format.Short(one.StructuralEdges), Format.Short(one.EffectiveEdges),
                Format.Short(one.PrunedEdges), Times(one.TimesNodes), Times(one.TimesEffective), Times(one.TimesPruned),
            ]),
        ],
        TextColumns: 2);

    private static string Times(TimesAsMany? times) => times switch
    {
        null => "1",
        { Low: { } low, High: { } high } => $"{Format.Short(times.Ratio)} ({Format.Interval((low, high))})",
        _ => Format.Short(times.Ratio),
    };
}
