using System.Globalization;
using Sweeps.Domain.Searches;

namespace Sweeps.Domain.Sweeps;

/// <summary>A sweep as its file describes it: a corpus, a grid of models, tasks, and a search for each model and task.</summary>
public sealed record SweepSpec
{
    /// <summary>The sweep's name: letters, digits, '-', '_' and '.'; names its folder.</summary>
    public required string Name { get; init; }

    /// <summary>The seed that every other seed derives from; default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The documents.</summary>
    public required CorpusOptions Corpus { get; init; }

    /// <summary>The tokenizer.</summary>
    public TokenizerOptions Tokenizer { get; init; } = new();

    /// <summary>The models' shape where the grid does not vary it.</summary>
    public ModelConfig Model { get; init; } = new();

    /// <summary>Their training where the grid does not vary it.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>What varies between models; every combination is a model.</summary>
    public GridOptions Grid { get; init; } = new();

    /// <summary>The search over hyperparameters of the training, in place of a list of learning rates; default none.</summary>
    public TrainingSearchOptions TrainingSearch { get; init; } = new();

    /// <summary>What is stopped before its end because it has fallen behind; default nothing.</summary>
    public EarlyStoppingOptions EarlyStopping { get; init; } = new();

    /// <summary>
    /// Models that were trained elsewhere, by the names that they have in the sweep; they stand behind those of the grid, in ordinal order.
    /// </summary>
    public IReadOnlyDictionary<string, ImportedModel> Imported { get; init; } = new Dictionary<string, ImportedModel>();

    /// <summary>Whether the models of the grid are trained; default yes. Without them the sweep has imported models only.</summary>
    public bool TrainModels { get; init; } = true;

    /// <summary>Names of tasks to find circuits for; may be empty to train only.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = [];

    /// <summary>Tasks of the user's own by name, beside the built-in ones; default none.</summary>
    public IReadOnlyDictionary<string, TaskTemplate> OwnTasks { get; init; } = new Dictionary<string, TaskTemplate>();

    /// <summary>How circuits are pruned.</summary>
    public PruningOptions Pruning { get; init; } = new();

    /// <summary>The hyperparameter search of each model and task.</summary>
    public SearchOptions Search { get; init; } = new();

    /// <summary>
    /// Whether circuits are also found by attribution, the baseline that learned masks are compared with [G fig. 31]; default no.
    /// </summary>
    public bool Attribution { get; init; }

    /// <summary>
    /// Whether the best circuit of each search is validated: sufficient, necessary, under resampling, with two values per node; default
    /// yes.
    /// </summary>
    public bool Validate { get; init; } = true;

    /// <summary>
    /// Losses, in nats, to each of which the best pruning of each search is also bisected [G fig. 2], without <see
    /// cref="PruningOptions.Margin"/>; default none.
    /// </summary>
    public IReadOnlyList<double> TargetLosses { get; init; } = [];

    /// <summary>Whether the edges of the best circuit of each search are pruned too, by masks of their own; default no.</summary>
    public bool EdgePruning { get; init; }

    /// <summary>Sparse autoencoders of the models' activations, and what they are compared with; default none.</summary>
    public AutoencoderGridOptions Autoencoders { get; init; } = new();

    /// <summary>Models that are trained together with bridges to a dense one; default none.</summary>
    public BridgeGridOptions Bridges { get; init; } = new();

    /// <summary>
    /// Whether a task that a model has not learned (<see cref="TaskLearning"/>) is left out there: no search, no attribution, no
    /// validation; default yes.
    /// </summary>
    public bool SkipUnlearned { get; init; } = true;

    /// <summary>
    /// Folders of other runs: a job that one of them has run, by all that its result depends on, is not run again. Default none.
    /// </summary>
    public IReadOnlyList<string> Reuse { get; init; } = [];

    /// <summary>Whether the sweep has such a stage.</summary>
    internal bool Has(SweepStage stage) => SweepStages.Of(stage).IsIn(this);

    /// <summary>
    /// The widths of <see cref="GridOptions.DenseDModel"/> of which the rest of the grid has dense models already; a width may stand in one
    /// place only.
    /// </summary>
    public IEnumerable<int> DenseTwice() =>
        from width in Grid.DenseDModel.Intersect(Or(Grid.DModel, Model.DModel))
        where Or(Grid.L0, Training.L0).Any(l0 => Grid.L0Of(width, l0) == 1)
        select width;

    /// <summary>The shape of the models of this width, depth and L0.</summary>
    public ModelConfig ModelOf(int dModel, int nLayer, double l0) => Model with
    {
        DModel = dModel,
        NLayer = nLayer,
        ActivationFraction = l0 == 1 ? Grid.DenseActivationFraction : Model.ActivationFraction,
    };

    /// <summary>The training of the models of this width.</summary>
    /// <param name="dModel">the width</param>
    /// <param name="l0">as the grid has it</param>
    /// <param name="peakLr">the peak learning rate</param>
    public TrainingOptions TrainingOf(int dModel, double l0, double peakLr) => Training with
    {
        L0 = Grid.L0Of(dModel, l0),
        EmbeddingL0 = Grid.EmbeddingL0Of(dModel, l0) ?? Training.EmbeddingL0,
        PeakLr = peakLr,
    };

    /// <summary>Where the search over the training begins, for models of whatever shape and L0.</summary>
    internal TrainingOptions TrainingCenter() => Training with { PeakLr = Or(Grid.PeakLr, Training.PeakLr)[0] };

    /// <summary>What keeps the search over the training from beginning, one sentence each with the key it is about first.</summary>
    public IEnumerable<(string Key, string Problem)> TrainingSearchProblems()
    {
        if (!TrainingSearch.IsOn) yield break;
        if (Grid.PeakLr.Count > 1)
        {
            yield return (
                "grid.peak_lr",
                $"grid.peak_lr has {Grid.PeakLr.Count} values beside training_search, which searches the learning rate: expected at most "
                    + "one, where the search begins");
            yield break;
        }
        foreach (var (name, space, center) in TrainingSearch.OutOfBounds(TrainingCenter()))
        {
            var key = name == "peak_lr" && Grid.PeakLr.Count > 0 ? "grid.peak_lr" : $"training.{name}";
            yield return (key, string.Create(
                CultureInfo.InvariantCulture,
                $"{key} is {center}, where training_search begins: expected above {space.Min} and below {space.Max}, the bounds of "
                    + $"training_search.space.{name}"));
        }
    }

    /// <summary>What keeps trainings from being compared, one sentence each with the key it is about first.</summary>
    public IEnumerable<(string Key, string Problem)> EarlyStoppingProblems()
    {
        if (!EarlyStopping.StopsTrainings || !TrainModels) yield break;
        var rule = EarlyStopping.Trainings.ToString().ToLowerInvariant();
        if (!TrainingSearch.IsOn && Grid.PeakLr.Count < 2)
        {
            yield return (
                "early_stopping.trainings",
                $"early_stopping.trainings is {rule}, and no model has another to be compared with: expected several values in "
                    + "grid.peak_lr, or a training_search");
        }
        if (Training is { Steps: > 0, EvalEvery: > 0 } && EarlyStopping.Rungs(Training).IsEmpty)
        {
            yield return (
                "early_stopping.trainings",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"early_stopping.trainings is {rule}, and no training is evaluated from step "
                        + $"{EarlyStopping.FirstRung * Training.Steps} (early_stopping.first_rung × training.steps) on before its "
                        + $"end: expected a smaller training.eval_every than "
                        + $"{Training.EvalEvery}, or an earlier first_rung"));
        }
    }

    /// <summary>What keeps an autoencoder from being trained of a model of the grid, with the key it is about first.</summary>
    public IEnumerable<(string Key, string Problem)> AutoencoderProblems()
    {
        if (!TrainModels || !Autoencoders.IsOn) return [];
        var found =
            from width in Or(Grid.DModel, Model.DModel).Concat(Grid.DenseDModel)
            from depth in Or(Grid.NLayer, Model.NLayer)
            from problem in Autoencoders.Validate(Model with { DModel = width, NLayer = depth })
            select ($"autoencoders.{problem.Key}", $"autoencoders.{problem.Problem}");
        return found.Distinct();
    }

    /// <summary>The values of a list of the grid, or the single one that it stands for.</summary>
    public static IReadOnlyList<T> Or<T>(IReadOnlyList<T> list, T single) => list.Count == 0 ? [single] : list;
}

/// <summary>
/// The lists that a sweep crosses; an empty list keeps the single value of <see cref="SweepSpec.Model"/> or <see
/// cref="SweepSpec.Training"/>.
/// </summary>
public sealed record GridOptions
{
    /// <summary>Target fractions of nonzeros.</summary>
    public IReadOnlyList<double> L0 { get; init; } = [];

    /// <summary>
    /// The width that <see cref="L0"/>, or the single value of the training, is meant for; 0 (default) for each model's own. With EF =
    /// d_model / this, a model's matrices have L0 / EF² and its embeddings L0 / EF, as the authors' models have with their p and 256
    /// (train.py): all widths then have about as many nonzeros.
    /// </summary>
    public int L0ReferenceWidth { get; init; }

    /// <summary>The activation fraction of dense models (L0 1), as controls; default 1, no AbsTopK, as in OpenAI's dense models.</summary>
    public double DenseActivationFraction { get; init; } = 1;

    /// <summary>Residual widths.</summary>
    public IReadOnlyList<int> DModel { get; init; } = [];

    /// <summary>
    /// Residual widths of dense models (L0 1) beside those of the grid, for every depth, replica and learning rate: a dense model has a
    /// lower pretraining loss than a sparse one of its width, so that only a narrower one compares with it [G fig. 2]. Default none.
    /// </summary>
    public IReadOnlyList<int> DenseDModel { get; init; } = [];

    /// <summary>Numbers of layers.</summary>
    public IReadOnlyList<int> NLayer { get; init; } = [];

    /// <summary>
    /// Peak learning rates. When there are several, only the best by validation loss of each model goes on to its tasks [G A.2: "the peak
    /// is swept per model"].
    /// </summary>
    public IReadOnlyList<double> PeakLr { get; init; } = [];

    /// <summary>Replicas: numbers that the models' seeds derive from; default a single 0.</summary>
    public IReadOnlyList<int> Replicas { get; init; } = [0];

    /// <summary>
    /// What is wrong with these values; empty when nothing is. The ranges are those of the model's and the training's options.
    /// </summary>
    public IEnumerable<string> Validate()
    {
        if (L0ReferenceWidth < 0) yield return $"l0_reference_width is {L0ReferenceWidth}: expected 0 (none) or more";
        if (!(DenseActivationFraction > 0 && DenseActivationFraction <= 1))
            yield return $"dense_activation_fraction is {DenseActivationFraction}: expected above 0 and at most 1";
        foreach (var problem in ValuesTwice()) yield return problem;
    }

    /// <summary>The matrices' L0 of a model of this width, at most 1.</summary>
    internal double L0Of(int dModel, double l0) =>
        L0ReferenceWidth == 0 ? l0 : Math.Min(1, l0 * L0ReferenceWidth / dModel * L0ReferenceWidth / dModel);

    /// <summary>Its embeddings' L0, at most 1; null where there is no reference.</summary>
    internal double? EmbeddingL0Of(int dModel, double l0) => L0ReferenceWidth == 0 ? null : Math.Min(1, l0 * L0ReferenceWidth / dModel);

    private IEnumerable<string> ValuesTwice() =>
        Twice("l0", L0).Concat(Twice("d_model", DModel)).Concat(Twice("dense_d_model", DenseDModel)).Concat(
            Twice("n_layer", NLayer)).Concat(Twice("peak_lr", PeakLr)).Concat(Twice("replicas", Replicas));

    private static IEnumerable<string> Twice<T>(string name, IReadOnlyList<T> values) =>
        from value in values
        group value by value into same
        where same.Count() > 1
        select string.Create(CultureInfo.InvariantCulture, $"{name} has {same.Key} {same.Count()} times: expected each value once");
}
