using System.Collections.Immutable;

namespace Sweeps.Domain.Sweeps;

/// <summary>
/// The work of a sweep that can be named by now, stage by stage: what of it is open, and how much there is in all. An immutable value; a
/// change
/// costs the logarithm of what is open.
/// </summary>
internal sealed class SweepAgenda
{
    private readonly ImmutableArray<StageWork> _stages;

    private SweepAgenda(ImmutableArray<StageWork> stages, int skipped) => (_stages, Skipped) = (stages, skipped);

    public static SweepAgenda Empty { get; } = new([.. SweepStages.All.Select(_ => new StageWork([], 0, 0))], 0);

    /// <summary>Everything that is open, in the plan's order.</summary>
    public IEnumerable<WorkItem> Open => _stages.SelectMany(s => s.Open);

    /// <summary>Whether <paramref name="item"/> can be named and has not ended.</summary>
    public bool IsOpen(WorkItem item) => Of(item.Stage).Open.Contains(item);

    /// <summary>Whether nothing of a stage is open.</summary>
    public bool IsDone(SweepStage stage) => Of(stage).Open.IsEmpty;

    /// <summary>How much of a stage has ended, and how much there is.</summary>
    public (int Done, int Total) Count(SweepStage stage)
    {
        var (open, known, _) = Of(stage);
        return (known - open.Count, known);
    }

    /// <summary>How much of what has ended of a stage has failed.</summary>
    public int Failed(SweepStage stage) => Of(stage).Failed;

    /// <summary>How many measured tasks go no further, for they are not learned.</summary>
    public int Skipped { get; }

    /// <summary>With more work, none of which was there.</summary>
    public SweepAgenda Add(IEnumerable<WorkItem> items) => items.GroupBy(item => item.Stage).Aggregate(this, (agenda, of) =>
    {
        var (open, known, failed) = agenda.Of(of.Key);
        return agenda.With(of.Key, new StageWork(open.Union(of), known + of.Count(), failed));
    });

    /// <summary>After <paramref name="item"/> has ended.</summary>
    /// <param name="item">which</param>
    /// <param name="failed">whether nothing came of it</param>
    /// <param name="skipped">whether it measured a task that goes no further</param>
    /// <exception cref="ArgumentException">it is not open</exception>
    public SweepAgenda End(WorkItem item, bool failed, bool skipped = false)
    {
        var (open, known, failures) = Of(item.Stage);
        return open.Contains(item)
            ? With(item.Stage, new StageWork(open.Remove(item), known, failures + (failed ? 1 : 0)), skipped ? 1 : 0)
            : throw new ArgumentException($"{item} is not open", nameof(item));
    }

    private StageWork Of(SweepStage stage) => _stages[(int)stage];

    private SweepAgenda With(SweepStage stage, StageWork work, int skipped = 0) =>
        new(_stages.SetItem((int)stage, work), Skipped + skipped);

    private sealed record StageWork(ImmutableSortedSet<WorkItem> Open, int Known, int Failed);
}
