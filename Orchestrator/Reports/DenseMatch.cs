using Sweeps.Orchestrator.Reports.Statistics;

namespace Sweeps.Orchestrator.Reports;

/// <summary>
/// A sparse model and the dense ones (L0 1) of the same depth and replica whose validation losses are next to its own: the dense model of
/// exactly its loss, which nobody trained, lies between them.
/// </summary>
/// <param name="Sparse">the sparse model</param>
/// <param name="Below">the dense model of the next lower loss; outside their range, the nearest</param>
/// <param name="Above">the dense model of the next higher loss; outside their range, the nearest</param>
internal sealed record DenseMatch(ReportModel Sparse, ReportModel Below, ReportModel Above)
{
    /// <summary>How far the nearest dense model may be, nats of validation loss.</summary>
    public const double MaxDistance = 0.03;

    /// <summary>How far the nearest dense model is, nats.</summary>
    public double Distance => Math.Min(Math.Abs(Loss(Below) - Loss(Sparse)), Math.Abs(Loss(Above) - Loss(Sparse)));

    /// <summary>Why the two do not compare; null where they do.</summary>
    public string? Unmatched =>
        Loss(Sparse) < Math.Min(Loss(Below), Loss(Above)) ? "below all dense models"
        : Loss(Sparse) > Math.Max(Loss(Below), Loss(Above)) ? "above all dense models"
        : Distance > MaxDistance ? $"nearest more than {Format.Short(MaxDistance)} away"
        : null;

    /// <summary>
    /// The dense model of the next higher loss: no more capable than the sparse one, however far away. Null where all have a lower loss.
    /// </summary>
    public ReportModel? NoMoreCapable => Loss(Above) >= Loss(Sparse) ? Above : null;

    /// <summary>The sparse models that have dense ones beside them, in the plan's order.</summary>
    public static IReadOnlyList<DenseMatch> Of(IReadOnlyList<ReportModel> models)
    {
        var searched = models.Where(m => m is { Trained: { } t, Tasks.Count: > 0 } && double.IsFinite(t.ValidationLoss)).ToList();
        return
        [
            .. from sparse in searched
               where sparse.L0Target < 1
               let dense = searched.Where(m => m.L0Target == 1 && m.NLayer == sparse.NLayer && m.Replica == sparse.Replica).ToList()
               where dense.Count > 0
               select Of(sparse, dense),
        ];
    }

    /// <summary>
    /// The edges of the dense model of the same loss, by a line through the logarithms of its two neighbours'; null where one of them has
    /// no circuit that counts.
    /// </summary>
    /// <param name="task">the task</param>
    /// <param name="edges">the edges that count of a task in a model</param>
    public double? DenseEdges(string task, Func<ReportTask, int?> edges) =>
        CountedEdges.In(Below, task, edges) is { } below && CountedEdges.In(Above, task, edges) is { } above
            ? LogInterpolation.At(Loss(Sparse), (Loss(Below), below), (Loss(Above), above))
            : null;

    /// <summary>The tasks that both the sparse model and the dense ones have a circuit for that counts.</summary>
    /// <param name="edges">the edges that count of a task in a model</param>
    public IEnumerable<SizePair> Pairs(Func<ReportTask, int?> edges) =>
        from task in Sparse.Tasks
        let sparse = edges(task)
        let dense = DenseEdges(task.Task, edges)
        where sparse is not null && dense is not null
        select new SizePair(task.Task, Sparse.Replica, sparse.Value, dense.Value);

    private static DenseMatch Of(ReportModel sparse, IReadOnlyList<ReportModel> dense)
    {
        var below = dense.Where(m => Loss(m) <= Loss(sparse)).MaxBy(Loss);
        var above = dense.Where(m => Loss(m) >= Loss(sparse)).MinBy(Loss);
        return new DenseMatch(sparse, below ?? above!, above ?? below!);
    }

    private static double Loss(ReportModel model) => model.Trained!.ValidationLoss;
}
