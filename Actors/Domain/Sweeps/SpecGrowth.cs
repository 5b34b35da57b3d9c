using System.Text.Json;

namespace Sweeps.Domain.Sweeps;

/// <summary>
/// What may change in the description of a sweep that was begun: it may only grow. Nothing that has been found depends on what is added, since every seed derives from the
/// sweep's and the place of what it is for.
/// </summary>
public static class SpecGrowth
{
    /// <summary>Whether <paramref name="to"/> only adds to <paramref name="from"/>, or changes what no result depends on.</summary>
    public static bool IsGrowth(SweepSpec from, SweepSpec to) => SweepState.SameSpec(from, Without(from, to));

    /// <summary><paramref name="to"/> without what it may add to <paramref name="from"/>: what differs still may not.</summary>
    public static SweepSpec Without(SweepSpec from, SweepSpec to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        return to with
        {
            Grid = to.Grid with
            {
                L0 = Longer(from.Grid.L0, to.Grid.L0, from.Training.L0, to.Training.L0),
                DModel = Longer(from.Grid.DModel, to.Grid.DModel, from.Model.DModel, to.Model.DModel),
                DenseDModel = IsIn(from.Grid.DenseDModel, to.Grid.DenseDModel) ? from.Grid.DenseDModel : to.Grid.DenseDModel,
                NLayer = Longer(from.Grid.NLayer, to.Grid.NLayer, from.Model.NLayer, to.Model.NLayer),
                Replicas = Longer(from.Grid.Replicas, to.Grid.Replicas, 0, 0),
            },
            Tasks = IsIn(from.Tasks, to.Tasks) ? from.Tasks : to.Tasks,
            OwnTasks = AreIn(from.OwnTasks, to.OwnTasks) ? from.OwnTasks : to.OwnTasks,
            Attribution = from.Attribution && to.Attribution,
            Validate = from.Validate && to.Validate,
            EdgePruning = from.EdgePruning && to.EdgePruning,
            TargetLosses = from.TargetLosses.Count == 0 ? from.TargetLosses : to.TargetLosses,
            SkipUnlearned = MayStopSkipping(from, to) ? from.SkipUnlearned : to.SkipUnlearned,
            Search = to.Search with { Rounds = MayHaveMoreRounds(from, to) ? from.Search.Rounds : to.Search.Rounds },
            // How often a checkpoint is written changes no result.
            Training = to.Training with { CheckpointEvery = from.Training.CheckpointEvery },
            Pruning = to.Pruning with { CheckpointEvery = from.Pruning.CheckpointEvery },
        };
    }

    /// <summary>The list of <paramref name="from"/> if that of <paramref name="to"/> has all of its values, where an empty list stands for a single value.</summary>
    private static IReadOnlyList<T> Longer<T>(IReadOnlyList<T> from, IReadOnlyList<T> to, T fromSingle, T toSingle)
        => IsIn(SweepSpec.Or(from, fromSingle), SweepSpec.Or(to, toSingle)) ? from : to;

    private static bool IsIn<T>(IReadOnlyList<T> from, IReadOnlyList<T> to) => !from.Except(to).Any();

    private static bool AreIn(IReadOnlyDictionary<string, TaskTemplate> from, IReadOnlyDictionary<string, TaskTemplate> to)
        => from.All(task => to.TryGetValue(task.Key, out var same) && Json(task.Value) == Json(same));

    // A search that began from the points of another would have begun elsewhere if that one had had more rounds.
    private static bool MayHaveMoreRounds(SweepSpec from, SweepSpec to)
        => to.Search.Rounds == from.Search.Rounds || (to.Search.Rounds > from.Search.Rounds && from.Search.WarmStart.Count == 0);

    // A search that would have begun from the points of a task that was skipped has begun elsewhere.
    private static bool MayStopSkipping(SweepSpec from, SweepSpec to)
        => from.SkipUnlearned && !to.SkipUnlearned && from.Search.WarmStart.Count == 0;

    private static string Json(TaskTemplate task) => JsonSerializer.Serialize(task, JobJson.Options);
}
