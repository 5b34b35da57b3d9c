using System.Text.Json;

namespace Sweeps.Domain.Sweeps;

/// <summary>
/// What may change in the description of a sweep that was begun: it may only grow. Nothing that has been found depends on what is added,
/// since every seed derives from the sweep's and the place of what it is for.
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
        // Where none of the grid is trained, nothing depends on what its models are like.
        if (!from.TrainModels)
        {
            to = to with
            {
                TrainModels = false,
                Model = from.Model,
                Training = from.Training,
                Grid = from.Grid,
                TrainingSearch = from.TrainingSearch,
                EarlyStopping = from.EarlyStopping with { Prunings = to.EarlyStopping.Prunings },
            };
        }
        // Nor on where trainings would be compared of which none is.
        if (!from.EarlyStopping.StopsTrainings && !to.EarlyStopping.StopsTrainings)
            to = to with { EarlyStopping = from.EarlyStopping with { Prunings = to.EarlyStopping.Prunings } };
        // Nor on how a search would go that there is not.
        if (!from.TrainingSearch.IsOn && !to.TrainingSearch.IsOn) to = to with { TrainingSearch = from.TrainingSearch };
        return to with
        {
            // Only what people call it.
            Name = from.Name,
            // What is reused is what would be found.
            Reuse = from.Reuse,
            Imported = AreIn(from.Imported, to.Imported, AreSame) ? from.Imported : to.Imported,
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
            TargetLosses = IsIn(from.TargetLosses, to.TargetLosses) ? from.TargetLosses : to.TargetLosses,
            Autoencoders = Without(from.Autoencoders, to.Autoencoders),
            // Nothing depends on how bridges would be that there are not.
            Bridges = from.Bridges.IsOn ? Without(from.Bridges, to.Bridges) : from.Bridges,
            SkipUnlearned = MayStopSkipping(from, to) ? from.SkipUnlearned : to.SkipUnlearned,
            Search = to.Search with { Rounds = MayHaveMoreRounds(from, to) ? from.Search.Rounds : to.Search.Rounds },
            TrainingSearch = to.TrainingSearch with
            {
                Rounds = from.TrainingSearch.IsOn && to.TrainingSearch.Rounds > from.TrainingSearch.Rounds
                    ? from.TrainingSearch.Rounds
                    : to.TrainingSearch.Rounds,
            },
            // How often a checkpoint is written changes no result.
            Training = to.Training with { CheckpointEvery = from.Training.CheckpointEvery },
            Pruning = to.Pruning with { CheckpointEvery = from.Pruning.CheckpointEvery },
        };
    }

    private static AutoencoderGridOptions Without(AutoencoderGridOptions from, AutoencoderGridOptions to)
    {
        // Nothing depends on how autoencoders would be that there are not.
        if (!from.IsOn) return from;
        return to with
        {
            Locations = IsIn(from.Locations, to.Locations) ? from.Locations : to.Locations,
            Kinds = Longer(from.Kinds, to.Kinds, from.Training.Kind, to.Training.Kind),
            Ratio = Longer(from.Ratio, to.Ratio, from.Training.Ratio, to.Training.Ratio),
            K = Longer(from.K, to.K, from.Training.K, to.Training.K),
            Alpha = Longer(from.Alpha, to.Alpha, from.Training.Alpha, to.Training.Alpha),
            Seeds = Longer(from.Seeds, to.Seeds, from.Training.Seed, to.Training.Seed),
            Baselines = IsIn(from.Baselines, to.Baselines) ? from.Baselines : to.Baselines,
            Scores = from.Scores && to.Scores,
            AblationPairs = from.AblationPairs == 0 ? 0 : to.AblationPairs,
            Circuits = from.Circuits.IsOn ? to.Circuits : from.Circuits,
            Training = to.Training with { CheckpointEvery = from.Training.CheckpointEvery },
        };
    }

    private static BridgeGridOptions Without(BridgeGridOptions from, BridgeGridOptions to) => to with
    {
        Sparse = IsIn(from.Sparse, to.Sparse) ? from.Sparse : to.Sparse,
        Interventions = from.Interventions && to.Interventions,
        Regression = from.Regression && to.Regression,
    };

    /// <summary>Whether no result depends on an option.</summary>
    /// <param name="key">as in the sweep file</param>
    public static bool ChangesNoResult(string key) => key is "name" or "reuse" or "training.checkpoint_every" or "pruning.checkpoint_every"
        or "autoencoders.training.checkpoint_every";

    /// <summary>Why an option of a sweep that was begun may not change as it does: what there is of the sweep that depends on it.</summary>
    /// <param name="key">as in the sweep file, such as <c>training.steps</c></param>
    public static string WhyNot(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Split('.')[0] switch
        {
            "seed" => "every model and every pair of prompts follows from the seed",
            "corpus" or "tokenizer" => "its models were trained on the corpus as it was",
            "model" or "training" => "its models were made with the old value",
            "training_search" when key is "training_search.rounds" =>
                "rounds may be added to those of a search that was begun, not taken away, and its models were made with it or without it",
            "training_search" => "it would have suggested other trainings",
            "early_stopping" when key is "early_stopping.prunings" => "its searches have learned of prunings as they were ended",
            "early_stopping" => "trainings were stopped, or were not, by the old value",
            "grid" when key is "grid.peak_lr" => "of each model, the best of these learning rates has gone on to its tasks",
            "grid" when key is "grid.l0_reference_width" or "grid.dense_activation_fraction" => "its models were made with the old value",
            "grid" => "models of the old values are there: values may be added, not taken away",
            "imported" => "circuits were found in the models as they were: models may be added, not taken away",
            "tasks" => "circuits of the old tasks are there: tasks may be added, not taken away",
            "own_tasks" => "circuits were found for the task as it was: give the other task another name",
            "pruning" => "its circuits were found with the old value",
            "search" when key is "search.rounds" =>
                "rounds may be added, not taken away, and not where searches begin from others (search.warm_start)",
            "search" => "its searches would have suggested other prunings",
            "target_losses" => "losses may be added, not taken away",
            "autoencoders" => "its autoencoders were made with the old value: values may be added to its lists, not taken away",
            "bridges" => "models were trained with the old value: models may be added to bridges.sparse, not taken away",
            "skip_unlearned" => "tasks that were searched stay so, and searches that begin from others (search.warm_start) have begun",
            _ => "what it has given is there: it may be switched on, not off",
        };
    }

    /// <summary>
    /// The list of <paramref name="from"/> if that of <paramref name="to"/> has all of its values, where an empty list stands for a single
    /// value.
    /// </summary>
    private static IReadOnlyList<T> Longer<T>(IReadOnlyList<T> from, IReadOnlyList<T> to, T fromSingle, T toSingle)
        => IsIn(SweepSpec.Or(from, fromSingle), SweepSpec.Or(to, toSingle)) ? from : to;

    private static bool IsIn<T>(IReadOnlyList<T> from, IReadOnlyList<T> to) => !from.Except(to).Any();

    private static bool AreIn<T>(IReadOnlyDictionary<string, T> from, IReadOnlyDictionary<string, T> to, Func<T, T, bool>? areSame = null)
        => from.All(
            entry => to.TryGetValue(entry.Key, out var same) && (areSame?.Invoke(entry.Value, same) ?? Json(entry.Value) == Json(same)));

    // A published circuit more changes nothing of what there is.
    private static bool AreSame(ImportedModel from, ImportedModel to)
        => AreIn(from.Circuits, to.Circuits) && Json(from) == Json(to with { Circuits = from.Circuits });

    // A search that began from the points of another would have begun elsewhere if that one had had more rounds.
    private static bool MayHaveMoreRounds(SweepSpec from, SweepSpec to)
        => to.Search.Rounds == from.Search.Rounds || (to.Search.Rounds > from.Search.Rounds && from.Search.WarmStart.Count == 0);

    // A search that would have begun from the points of a task that was skipped has begun elsewhere.
    private static bool MayStopSkipping(SweepSpec from, SweepSpec to)
        => from.SkipUnlearned && !to.SkipUnlearned && from.Search.WarmStart.Count == 0;

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, JobJson.Options);
}
