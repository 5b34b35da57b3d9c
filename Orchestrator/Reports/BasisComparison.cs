using Sweeps.Orchestrator.Reports.Statistics;

namespace Sweeps.Orchestrator.Reports;

/// <summary>Circuits of the same tasks in different bases, each model and basis a column.</summary>
/// <param name="Columns">models in the sweep's order, of each the bases in the order of reports</param>
/// <param name="Tasks">tasks with a circuit in any column, in the sweep's order</param>
/// <param name="Common">
/// tasks whose circuit reaches the target and has edges of every kind in all columns: means are over these
/// </param>
internal sealed record BasisComparison(IReadOnlyList<BasisColumn> Columns, IReadOnlyList<string> Tasks, IReadOnlyList<string> Common)
{
    /// <summary>The comparison of some models.</summary>
    /// <param name="models">of each its id, the fraction of nonzeros that was asked for, and its tasks with what is known of them</param>
    public static BasisComparison Of(
        IReadOnlyList<(string Id, double L0Target, IReadOnlyList<(string Task, IReadOnlyList<BasisSnapshot> Bases)> Tasks)> models)
    {
        List<BasisColumn> columns =
        [
            .. from model in models
               from basis in CircuitBases.All
               let circuits = (from task in model.Tasks
                               from found in task.Bases
                               where found.Basis == basis.Name
                               select (task.Task, found.Circuit)).ToList()
               where circuits.Count > 0
               select new BasisColumn(model.Id, model.L0Target, basis.Name, circuits),
        ];
        List<string> tasks =
        [
            .. models.SelectMany(model => model.Tasks).Select(task => task.Task).Distinct(StringComparer.Ordinal)
                .Where(task => columns.Exists(column => column.Circuit(task) is not null)),
        ];
        return new BasisComparison(
            columns, tasks,
            [
                .. tasks.Where(task => columns.TrueForAll(column => column.Circuit(task) is
                    { Reached: true, Nodes: > 0, StructuralEdges: > 0, EffectiveEdges: > 0, PrunedEdges: > 0 })),
            ]);
    }

    /// <summary>What all others are set against: the channels of the sparsest model. Only where there are columns.</summary>
    public BasisColumn Reference => Columns.Where(column => column.Basis == Columns[0].Basis).MinBy(column => column.L0Target)!;

    /// <summary>The geometric means of each column over the common tasks; none where there is no such task.</summary>
    /// <param name="seed">keys the draws of the intervals</param>
    public IReadOnlyList<BasisMeans> Means(ulong seed)
    {
        if (Common.Count == 0) return [];
        var reference = Reference;
        return [.. Columns.Select(MeansOf)];

        BasisMeans MeansOf(BasisColumn column) => new(
            column.Model, column.Basis, Mean(column, Nodes), Mean(column, c => c.StructuralEdges), Mean(column, Effective),
            Mean(column, Pruned), Times(column, "nodes", Nodes), Times(column, "effective", Effective), Times(column, "pruned", Pruned));

        double Mean(BasisColumn column, Func<BasisCircuitResult, int> size) =>
            GeometricMean.Of(Common.Select(task => size(column.Circuit(task)!)))!.Value;

        TimesAsMany? Times(BasisColumn column, string what, Func<BasisCircuitResult, int> size)
        {
            if (column == reference) return null;
            var pairs = Common.Select(task => new SizePair(task, 0, size(reference.Circuit(task)!), size(column.Circuit(task)!))).ToList();
            var ratio = PairedRatio.Of(pairs, new KeyedRandom(seed, "report", "bases", column.Model, column.Basis, what))!;
            return new TimesAsMany(ratio.Ratio, ratio.Interval?.Low, ratio.Interval?.High);
        }

        // An error that is kept counts as a node.
        static int Nodes(BasisCircuitResult circuit) => circuit.Nodes + circuit.Errors;

        static int Effective(BasisCircuitResult circuit) => circuit.EffectiveEdges!.Value;

        static int Pruned(BasisCircuitResult circuit) => circuit.PrunedEdges!.Value;
    }
}

/// <summary>The circuits of a model in a basis.</summary>
/// <param name="Model">the model</param>
/// <param name="L0Target">the fraction of nonzeros that was asked for</param>
/// <param name="Basis">see <see cref="CircuitBases"/></param>
/// <param name="Circuits">by task</param>
internal sealed record BasisColumn(
    string Model, double L0Target, string Basis, IReadOnlyList<(string Task, BasisCircuitResult Circuit)> Circuits)
{
    /// <summary>The circuit of a task; null where none is known.</summary>
    public BasisCircuitResult? Circuit(string task) => Circuits.FirstOrDefault(one => one.Task == task).Circuit;
}

/// <summary>The geometric means of a model in a basis, over tasks that all columns have.</summary>
/// <param name="Model">the model</param>
/// <param name="Basis">see <see cref="CircuitBases"/></param>
/// <param name="Nodes">nodes, with the errors that are kept</param>
/// <param name="StructuralEdges">weights that are not 0 between them</param>
/// <param name="EffectiveEdges">see <see cref="BasisCircuitResult"/></param>
/// <param name="PrunedEdges">see <see cref="BasisCircuitResult"/></param>
/// <param name="TimesNodes">how many times as many nodes as in the channels of the sparsest model; null of these themselves</param>
/// <param name="TimesEffective">the same of effective edges</param>
/// <param name="TimesPruned">the same of pruned edges</param>
internal sealed record BasisMeans(
    string Model, string Basis, double Nodes, double StructuralEdges, double EffectiveEdges, double PrunedEdges, TimesAsMany? TimesNodes,
    TimesAsMany? TimesEffective, TimesAsMany? TimesPruned);

/// <summary>How many times as many.</summary>
/// <param name="Ratio">of two geometric means</param>
/// <param name="Low">lower end of the bootstrap's 95 % interval; null where there is but one task</param>
/// <param name="High">its upper end</param>
internal sealed record TimesAsMany(double Ratio, double? Low, double? High);
