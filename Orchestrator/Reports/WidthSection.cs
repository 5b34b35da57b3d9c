using System.Globalization;

namespace Sweeps.Orchestrator.Reports;

/// <summary>
/// The report's section that compares circuits of sparse models of different widths with as many nonzeros [G fig. 3, section 3.2].
/// </summary>
internal static class WidthSection
{
    /// <summary>By which fraction two numbers of nonzeros that are called equal may differ.</summary>
    private const double Tolerance = 0.1;

    private static readonly string _words =
        "Two sparse models of the same depth and replica whose nonzeros differ by at most a tenth: does the one that spreads them over a "
            + "wider residual stream have smaller circuits? Edges are those of the search's own circuits, and means and ratios geometric, "
            + "over tasks with a circuit that has edges in both models. Capability is not held equal: the losses stand beside.";

    /// <summary>The section of <paramref name="report"/>; null where no two models compare.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        var pairs = Pairs(report.Models);
        if (pairs.Count == 0) return null;
        var factors = (from pair in pairs
                       group pair by (double)pair.Other.DModel / pair.Model.DModel into same
                       orderby same.Key descending
                       let times = string.Create(CultureInfo.InvariantCulture, $"{Format.Short(1 / same.Key)} times the width")
                       select new ModelPairs(times, [.. same])).ToList();
        var shapes = from pair in pairs
                     group pair by (pair.Model.DModel, pair.Other.DModel, pair.Model.L0Target, pair.Model.NLayer) into same
                     select new ModelPairs(null, [.. same]);
        return new ReportSection(
            "Width at equal nonzeros", [.. factors.Select(factor => Headline(factor, report.Spec.Seed)), _words],
            [new ReportTable(
                $"Wider models against narrower ones, at {Format.Short(report.Spec.Pruning.SelectionLoss)} on validation pairs",
                ModelPairs.Columns("wider", "narrower"),
                [.. factors.Concat(shapes).Select(group => group.Row(Compare(group, report.Spec.Seed)))], ModelPairs.TextColumns)],
            []);
    }

    private static Statistics.PairedRatio? Compare(ModelPairs group, ulong seed) => group.Compare(seed, "width");

    private static string Headline(ModelPairs factor, ulong seed) => Compare(factor, seed) is { } ratio
        ? $"At {factor.Name} and equal nonzeros circuits have {Format.Short(ratio.Ratio)} times fewer edges"
            + (ratio.Interval is null ? "" : $", 95 % interval {Format.Interval(ratio.Interval)}")
            + $"; geometric mean over {Format.Counted(ratio.Tasks, "task")} in "
            + $"{Format.Counted(factor.Pairs.Count, "pair of models", "pairs of models")}."
        : $"At {factor.Name} and equal nonzeros no two models have a circuit for the same task.";

    private static List<ModelPair> Pairs(IReadOnlyList<ReportModel> models)
    {
        var sparse = models.Where(m => m is { Trained: not null, Tasks.Count: > 0, L0Target: < 1 }).ToList();
        return
        [
            .. from narrow in sparse
               from wide in sparse
               where wide.DModel > narrow.DModel && wide.NLayer == narrow.NLayer && wide.Replica == narrow.Replica
               let times = (double)wide.Trained!.Nonzeros / narrow.Trained!.Nonzeros
               where times is >= 1 - Tolerance and <= 1 + Tolerance
               select new ModelPair(wide, narrow),
        ];
    }
}
