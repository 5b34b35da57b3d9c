using System.Globalization;
using Sweeps.Actors.Searches;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Training;
using Sweeps.Search;

namespace Sweeps.Actors.Sweeps;

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

    /// <summary>Names of tasks to find circuits for; may be empty to train only.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = [];

    /// <summary>Tasks of the user's own by name, beside the built-in ones; default none.</summary>
    public IReadOnlyDictionary<string, TaskTemplate> OwnTasks { get; init; } = new Dictionary<string, TaskTemplate>();

    /// <summary>How circuits are pruned.</summary>
    public PruningOptions Pruning { get; init; } = new();

    /// <summary>The hyperparameter search of each model and task.</summary>
    public SearchOptions Search { get; init; } = new();

    /// <summary>Whether circuits are also found by attribution, the baseline that learned masks are compared with [G fig. 31]; default no.</summary>
    public bool Attribution { get; init; }

    /// <summary>Whether the best circuit of each search is validated: sufficient, necessary, under resampling, with two values per node; default yes.</summary>
    public bool Validate { get; init; } = true;

    /// <summary>Losses, in nats, to each of which the best pruning of each search is also bisected [G fig. 2], without <see cref="PruningOptions.Margin"/>; default none.</summary>
    public IReadOnlyList<double> TargetLosses { get; init; } = [];

    /// <summary>Whether the edges of the best circuit of each search are pruned too, by masks of their own; default no.</summary>
    public bool EdgePruning { get; init; }

    /// <summary>Whether the sweep has such a stage.</summary>
    internal bool Has(SweepStage stage) => stage switch
    {
        SweepStage.Attribution => Attribution,
        SweepStage.Validate => Validate,
        SweepStage.Curve => TargetLosses.Count > 0,
        SweepStage.Edges => EdgePruning,
        _ => true,
    };

    /// <summary>The widths of <see cref="GridOptions.DenseDModel"/> of which the rest of the grid has dense models already; a width may stand in one place only.</summary>
    public IEnumerable<int> DenseTwice() => Or(Grid.L0, Training.L0).Contains(1) ? Grid.DenseDModel.Intersect(Or(Grid.DModel, Model.DModel)) : [];

    /// <summary>The values of a list of the grid, or the single one that it stands for.</summary>
    internal static IReadOnlyList<T> Or<T>(IReadOnlyList<T> list, T single) => list.Count == 0 ? [single] : list;
}

/// <summary>The lists that a sweep crosses; an empty list keeps the single value of <see cref="SweepSpec.Model"/> or <see cref="SweepSpec.Training"/>.</summary>
public sealed record GridOptions
{
    /// <summary>Target fractions of nonzeros.</summary>
    public IReadOnlyList<double> L0 { get; init; } = [];

    /// <summary>Residual widths.</summary>
    public IReadOnlyList<int> DModel { get; init; } = [];

    /// <summary>
    /// Residual widths of dense models (L0 1) beside those of the grid, for every depth, replica and learning rate: a dense model has a lower pretraining
    /// loss than a sparse one of its width, so that only a narrower one compares with it [G fig. 2]. Default none.
    /// </summary>
    public IReadOnlyList<int> DenseDModel { get; init; } = [];

    /// <summary>Numbers of layers.</summary>
    public IReadOnlyList<int> NLayer { get; init; } = [];

    /// <summary>Peak learning rates. When there are several, only the best by validation loss of each model goes on to its tasks [G A.2: "the peak is swept per model"].</summary>
    public IReadOnlyList<double> PeakLr { get; init; } = [];

    /// <summary>Replicas: numbers that the models' seeds derive from; default a single 0.</summary>
    public IReadOnlyList<int> Replicas { get; init; } = [0];

    /// <summary>What is wrong with these values; empty when nothing is. The ranges are those of the model's and the training's options.</summary>
    public IEnumerable<string> Validate() =>
        Twice("l0", L0).Concat(Twice("d_model", DModel)).Concat(Twice("dense_d_model", DenseDModel)).Concat(Twice("n_layer", NLayer)).Concat(Twice("peak_lr", PeakLr)).Concat(Twice("replicas", Replicas));

    private static IEnumerable<string> Twice<T>(string name, IReadOnlyList<T> values) =>
        from value in values
        group value by value into same
        where same.Count() > 1
        select string.Create(CultureInfo.InvariantCulture, $"{name} has {same.Key} {same.Count()} times: expected each value once");
}

/// <summary>The search over <see cref="PruningHyperparameters"/>.</summary>
public sealed record SearchOptions
{
    /// <summary>The algorithm's registered name; default carbs [G A.5].</summary>
    public string Algorithm { get; init; } = "carbs";

    /// <summary>Rounds at most; paper 32.</summary>
    public int Rounds { get; init; } = 32;

    /// <summary>Prunings per round, all run before the next round; paper 8.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>
    /// Where the search starts; default the paper's centres [G table 2], which suit long mask training. With few steps a larger lr and
    /// k_coef get there in time.
    /// </summary>
    public PruningHyperparameters Center { get; init; } = new();

    /// <summary>What the size of a circuit is counted in; the logarithm of it is made small, see <see cref="ModelCore.Pruning.Objective"/>. Default edges.</summary>
    public CircuitSize Objective { get; init; } = CircuitSize.Edges;

    /// <summary>What a pruning is taken to cost; default 1 each.</summary>
    public PruningCost Cost { get; init; } = PruningCost.One;

    /// <summary>The search ends after the round that brings the cost of all its prunings to this; default 0: no limit.</summary>
    public double MaxCost { get; init; }

    /// <summary>The search ends after so many rounds in a row that did not improve the Pareto front of cost and objective; default 0: it goes on.</summary>
    public int StallRounds { get; init; }

    /// <summary>
    /// Tasks whose searches begin as described here; those of all other tasks of the same model wait for them, and begin around the best points that
    /// they found. Default none: no search knows of another.
    /// </summary>
    public IReadOnlyList<string> WarmStart { get; init; } = [];

    /// <summary>Settings of the algorithm carbs.</summary>
    public CarbsOptions Carbs { get; init; } = new();

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Rounds < 1) yield return $"rounds is {Rounds}: expected at least 1";
        if (BatchSize < 1) yield return $"batch_size is {BatchSize}: expected at least 1";
        if (!(MaxCost >= 0 && double.IsFinite(MaxCost))) yield return $"max_cost is {MaxCost}: expected 0 or more";
        if (StallRounds < 0) yield return $"stall_rounds is {StallRounds}: expected 0 or more";
        if (!Enum.IsDefined(Objective)) yield return $"objective is {Objective}: expected edges or nodes";
        if (!Enum.IsDefined(Cost)) yield return $"cost is {Cost}: expected one or work";
        foreach (var (name, space, center) in PruningPoint.Space(Center).Parameters.Where(p => !p.Space.Contains(p.Center)))
            yield return $"center.{name} is {center}: expected above {space.Min} and below {space.Max}";
        // Another name than these is told apart where names are checked.
        if (SearchAlgorithms.Names.Contains(Algorithm) && SearchAlgorithms.Get(Algorithm).Unsuited(PruningPoint.Space(Center)) is { } problem)
            yield return $"algorithm is {Algorithm}: expected one that can search the hyperparameters of a pruning, and {problem}";
    }
}
