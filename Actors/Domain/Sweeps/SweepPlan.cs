using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using Sweeps.Domain.Searches;
using Sweeps.Search;

namespace Sweeps.Domain.Sweeps;

/// <summary>One model of a sweep, before it is trained.</summary>
/// <param name="Id">
/// <c>d{d_model}n{n_layer}-l{l0}-r{replica}</c>, then <c>-lr{peak_lr}</c> when the grid has several, or <c>-s{suggestion}</c> when the
/// training is searched; of an imported model its name; of a bridged one the id of the one that it is like, and <c>-bridged</c>
/// </param>
/// <param name="Group">the id without the learning rate or the suggestion: of a group only the best goes on to its tasks</param>
/// <param name="Config">its shape; the vocabulary's size is set when the tokenizer is known</param>
/// <param name="Training">
/// how it is trained, but for what a search suggests (<see cref="Suggestion"/>); of an imported model no more than its L0
/// </param>
/// <param name="Seed">derived from the sweep's seed and the id</param>
public sealed record PlannedModel(ModelId Id, string Group, ModelConfig Config, TrainingOptions Training, ulong Seed)
{
    /// <summary>Its number among the models of the same shape and L0, which differ in their seeds.</summary>
    public int Replica { get; init; }

    /// <summary>
    /// Which suggestion of the search over its group's training it is trained with, from 0; null where the training is not searched.
    /// </summary>
    public int? Suggestion { get; init; }

    /// <summary>What it is bridged to; null of a model that is trained alone.</summary>
    public BridgedModel? Bridged { get; init; }

    /// <summary>Of a model that a bridged one is like, the id of the dense model that that one is bridged to; null of all others.</summary>
    public string? Dense { get; init; }

    /// <summary>Where it comes from, when it is not trained here; null for a model of the grid.</summary>
    public ImportedModel? Source { get; init; }

    /// <summary>The trial that trains or imports it.</summary>
    public TrialId Trial => new($"{SweepPlan.ModelFolder}{Id}");

    /// <summary>
    /// The trial of a task in a stage that has one for each: it measures the unpruned model, finds a circuit by attribution, or takes the
    /// best circuit of the search further.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">the stage has no such trials</exception>
    public TrialId Of(SweepStage stage, string task)
    {
        var folder = SweepStages.Of(stage).Folder
            ?? throw new ArgumentOutOfRangeException(nameof(stage), stage, "expected a stage with a trial for each task");
        return new TrialId($"{folder}{Id}/{task}");
    }
}

/// <summary>
/// A sweep spelled out: every model and every job, a pure function of the description. The order is that of the grid (width,
/// depth, L0, replica, then learning rate or suggestion), then its dense models beside, then bridged ones, then imported models, and no
/// seed depends on it.
/// </summary>
public sealed class SweepPlan
{
    internal const string ModelFolder = "models/";

    private static readonly Dictionary<string, SweepStage>.AlternateLookup<ReadOnlySpan<char>> _stages = SweepStages.All
        .Where(stage => stage.Folder is not null)
        .ToDictionary(stage => stage.Folder!, stage => stage.Stage, StringComparer.Ordinal)
        .GetAlternateLookup<ReadOnlySpan<char>>();

    private readonly PlannedModel[] _models;
    private readonly int _trained;
    private readonly IReadOnlyList<string>[] _parts; // by stage
    private readonly Dictionary<ModelPart, List<ModelPart>> _needing = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _indices;
    private readonly ILookup<string, int> _bridgedTo, _comparedWith; // by the dense model's id

    private SweepPlan(SweepSpec spec, PlannedModel[] trained, PlannedModel[] imported)
    {
        PlannedModel[] models = [.. BridgePlan.Compared(spec, trained), .. BridgePlan.Of(spec, [.. trained, .. imported]), .. imported];
        (Spec, _models, _trained) = (spec, models, trained.Length);
        Rungs = spec.EarlyStopping.StopsTrainings && spec.TrainModels ? spec.EarlyStopping.Rungs(spec.Training) : [];
        _indices = models.Select((m, i) => (m.Id.Value, i)).ToDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _bridgedTo = IndicesBy(model => model.Bridged?.Dense);
        _comparedWith = IndicesBy(model => model.Dense);
        _parts = [.. SweepStages.All.Select(stage => stage.OfModel is { } parts && stage.IsIn(spec) ? parts.Names(spec) : spec.Tasks)];
        foreach (var stage in SweepStages.OfModels.Where(stage => stage.IsIn(spec)))
        {
            for (var index = 0; index < _parts[(int)stage.Stage].Count; index++)
            {
                foreach (var needed in stage.OfModel!.Needs(spec, index))
                {
                    if (!_needing.TryGetValue(needed, out var those)) _needing.Add(needed, those = []);
                    those.Add(new ModelPart(stage.Stage, index));
                }
            }
        }
    }

    private ILookup<string, int> IndicesBy(Func<PlannedModel, string?> dense) =>
        _models.Index().Where(model => dense(model.Item) is not null).ToLookup(model => dense(model.Item)!, model => model.Index);

    /// <summary>The description.</summary>
    public SweepSpec Spec { get; }

    /// <summary>The steps at which the trainings of a group are compared, ascending; empty where none is stopped early.</summary>
    public ImmutableArray<int> Rungs { get; }

    /// <summary>All models, in order.</summary>
    public IReadOnlyList<PlannedModel> Models => _models;

    /// <summary>The trial that prepares the corpus and the tokenizer.</summary>
    public static TrialId Preparation { get; } = new("corpus");

    /// <summary>Spells out <paramref name="spec"/>.</summary>
    /// <exception cref="ArgumentException">
    /// a list of the grid names a value twice, a dense model is in the grid twice, a search begins from a task that is not there or cannot
    /// begin, or an imported model was not looked at or has the name of another
    /// </exception>
    public static SweepPlan Of(SweepSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Grid.Validate().FirstOrDefault() is { } problem) throw new ArgumentException($"grid.{problem}", nameof(spec));
        if (spec.Search.WarmStart.Except(spec.Tasks).FirstOrDefault() is { } unknown)
            throw new ArgumentException($"search.warm_start has {unknown}: expected tasks of the sweep", nameof(spec));
        if (spec.TrainingSearch.Validate().FirstOrDefault() is { } wrong)
            throw new ArgumentException($"training_search.{wrong}", nameof(spec));
        if (spec.TrainingSearchProblems().FirstOrDefault() is { Problem: { } cannotBegin })
            throw new ArgumentException(cannotBegin, nameof(spec));
        if (spec.EarlyStopping.Validate().FirstOrDefault() is { } unfit)
            throw new ArgumentException($"early_stopping.{unfit}", nameof(spec));
        if (spec.EarlyStoppingProblems().FirstOrDefault() is { Problem: { } incomparable })
            throw new ArgumentException(incomparable, nameof(spec));
        if (spec.Autoencoders.Validate().FirstOrDefault() is { } wrongList)
            throw new ArgumentException($"autoencoders.{wrongList}", nameof(spec));
        if (spec.AutoencoderProblems().FirstOrDefault() is { Problem: { } nowhere }) throw new ArgumentException(nowhere, nameof(spec));
        if (spec.Bridges.Validate().FirstOrDefault() is { } wrongBridge)
            throw new ArgumentException($"bridges.{wrongBridge}", nameof(spec));
        foreach (var width in spec.DenseTwice())
            throw new ArgumentException($"grid.dense_d_model has {width}: expected no width that the grid has at L0 1", nameof(spec));
        var imported = spec.Imported.OrderBy(model => model.Key, StringComparer.Ordinal).Select(
            model => Plan(spec, model.Key, model.Value)).ToArray();
        PlannedModel[] trained = [.. Trained(spec)];
        if (trained.Select(model => model.Id.Value).FirstOrDefault(spec.Imported.ContainsKey) is { } twice)
            throw new ArgumentException($"imported.{twice} has the name of a model of the grid: expected another", nameof(spec));
        if (BridgePlan.Problems(spec, [.. trained, .. imported]).FirstOrDefault() is { Problem: { } unbridged })
            throw new ArgumentException(unbridged, nameof(spec));
        return new SweepPlan(spec, trained, imported);
    }

    // The models of the grid, and its dense ones beside.
    private static IReadOnlyList<PlannedModel> Trained(SweepSpec spec) => !spec.TrainModels ? [] :
    [
        .. Grid(spec, SweepSpec.Or(spec.Grid.DModel, spec.Model.DModel), SweepSpec.Or(spec.Grid.L0, spec.Training.L0)),
        .. Grid(spec with { Grid = spec.Grid with { L0ReferenceWidth = 0 } }, spec.Grid.DenseDModel, [1]),
    ];

    /// <summary>What each L0 of the grid lacks that a model of a width of the grid cannot reach, one sentence each.</summary>
    public static IEnumerable<string> Unreachable(SweepSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return from width in SweepSpec.Or(spec.Grid.DModel, spec.Model.DModel)
               where width > 0
               from l0 in SweepSpec.Or(spec.Grid.L0, spec.Training.L0)
               where l0 > 0
               from problem in spec.TrainingOf(width, l0, spec.Training.PeakLr).Validate(spec.Model with { DModel = width })
               select problem;
    }

    /// <summary>The members of each group, in order.</summary>
    public IEnumerable<IReadOnlyList<PlannedModel>> Groups =>
        [.. _models.Take(_trained).Chunk(GroupSize), .. _models.Skip(_trained).Select(model => (PlannedModel[])[model])];

    /// <summary>The members of the group that the model at <paramref name="index"/> belongs to.</summary>
    internal ArraySegment<PlannedModel> GroupOf(int index) =>
        index < _trained ? new(_models, index / GroupSize * GroupSize, GroupSize) : new(_models, index, 1);

    /// <summary>The first model of each group whose training is searched, in order.</summary>
    internal IEnumerable<PlannedModel> Searched => _models.Where(model => model.Suggestion == 0);

    /// <summary>The index of the model that is trained with a suggestion, or null when the plan has no such group or model.</summary>
    internal int? IndexOf(string group, int suggestion) =>
        _indices.TryGetValue(IdOf(group, suggestion), out var index) ? index : null;

    /// <summary>What the search over a group's training is asked.</summary>
    /// <param name="model">one of the group</param>
    internal SearchConfig TrainingSearch(PlannedModel model)
    {
        var options = Spec.TrainingSearch;
        var space = TrainingPoint.Space(options, model.Training);
        return SearchConfig.For(options.Algorithm, space, Seed("training-search", model.Group), options.BatchSize) with
        {
            Carbs = options.Carbs,
        };
    }

    /// <summary>The index of a model of this plan.</summary>
    internal int IndexOf(PlannedModel model) => _indices[model.Id.Value];

    /// <summary>The last parts of the names of a stage's trials of a model: its tasks, or what the stage has in their place.</summary>
    internal IReadOnlyList<string> Parts(SweepStage stage) => _parts[(int)stage];

    /// <summary>The parts of a model that need another one to have ended.</summary>
    internal IReadOnlyList<ModelPart> Needing(ModelPart part) => _needing.GetValueOrDefault(part) ?? [];

    /// <summary>The job of a part of a model; null where what it needs has failed.</summary>
    internal Job? OfModel(
        ModelPart part, PlannedModel model, PrepareResult prepared, TrainResult trained, Func<ModelPart, JobResult?> result)
    {
        var output = model.Of(part.Stage, Parts(part.Stage)[part.Index]).Value;
        return SweepStages.Of(part.Stage).OfModel!.Job(
            new ModelPartInputs(
                Spec, prepared, model.Config, trained, task => Evaluate(model, task, prepared, trained), output, place => Seed(place),
                result),
            part.Index);
    }

    /// <summary>The place of a trial, or null when the plan has none of that name.</summary>
    internal WorkItem? Find(TrialId trial)
    {
        if (trial == Preparation) return new WorkItem(SweepStage.Prepare);
        var slash = trial.Value.IndexOf('/', StringComparison.Ordinal) + 1;
        if (!_stages.TryGetValue(trial.Value.AsSpan(0, slash), out var stage)) return null;
        var name = trial.Value.AsSpan(slash);
        var end = name.IndexOf('/');
        if (end >= 0) return Find(stage, name[..end], name[(end + 1)..]);
        return stage == SweepStage.Evaluate && _indices.TryGetValue(name, out var model) ? new WorkItem(SweepStage.Train, model) : null;
    }

    /// <summary>The place of a search, or null when the plan has no such model or task.</summary>
    internal WorkItem? Find(SearchId search) => Find(SweepStage.Search, search.Model.Value, search.Task);

    /// <summary>Builds corpus and tokenizer.</summary>
    public PrepareJob Prepare() => new()
    {
        Output = Preparation.Value,
        Seed = Seed("corpus"),
        Corpus = Spec.Corpus,
        Tokenizer = Spec.Tokenizer,
    };

    /// <summary>Trains <paramref name="model"/>.</summary>
    public static TrainJob Train(PlannedModel model, PrepareResult prepared)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prepared);
        return new()
        {
            Output = model.Trial.Value,
            Seed = model.Seed,
            Model = model.Config with { VocabSize = prepared.VocabSize },
            Training = model.Training,
            Corpus = prepared.Corpus,
        };
    }

    /// <summary>Trains <paramref name="model"/>, or imports it.</summary>
    public static Job Make(PlannedModel model, PrepareResult prepared)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prepared);
        if (model.Source is not { } source) return Train(model, prepared);
        return new ImportJob
        {
            Output = model.Trial.Value,
            Seed = model.Seed,
            Source = source with { Content = null, Circuits = FrozenDictionary<string, GivenCircuit>.Empty },
            Corpus = prepared.Corpus,
            VocabSize = prepared.VocabSize,
        };
    }

    /// <summary>Trains <paramref name="model"/> together with bridges.</summary>
    /// <param name="model">a bridged one</param>
    /// <param name="prepared">the corpus</param>
    /// <param name="dense">the dense model that they lead to</param>
    public TrainBridgeJob Bridge(PlannedModel model, PrepareResult prepared, TrainResult dense)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prepared);
        ArgumentNullException.ThrowIfNull(dense);
        return new()
        {
            Output = model.Trial.Value,
            Seed = model.Seed,
            Model = model.Config with { VocabSize = prepared.VocabSize },
            Training = model.Training,
            Corpus = prepared.Corpus,
            Dense = dense.Model,
            Bridges = Spec.Bridges.Training,
        };
    }

    /// <summary>The indices of the models that are bridged to one.</summary>
    internal IEnumerable<int> BridgedTo(PlannedModel dense) => _bridgedTo[dense.Id.Value];

    /// <summary>The dense model of that id.</summary>
    internal PlannedModel Dense(string id) => _models[_indices[id]];

    /// <summary>The indices of the models whose circuits are compared with those of models that are bridged to one.</summary>
    internal IEnumerable<int> ComparedWith(PlannedModel dense) => _comparedWith[dense.Id.Value];

    /// <summary>
    /// What keeps bridges from being trained between models of the sweep, with the key it is about first. Of an imported dense model
    /// nothing is said until it has been looked at.
    /// </summary>
    public static IEnumerable<(string Key, string Problem)> BridgeProblems(SweepSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Bridges.Dense is not { } name || !spec.Imported.TryGetValue(name, out var dense))
            return BridgePlan.Problems(spec, Trained(spec));
        return dense.Content is null ? [] : BridgePlan.Problems(spec, [.. Trained(spec), Plan(spec, name, dense)]);
    }

    /// <summary>Measures the unpruned <paramref name="model"/> on <paramref name="task"/>.</summary>
    public EvaluateJob Evaluate(PlannedModel model, string task, PrepareResult prepared, TrainResult trained)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prepared);
        ArgumentNullException.ThrowIfNull(trained);
        var output = model.Of(SweepStage.Evaluate, task).Value;
        return new()
        {
            Output = output,
            Seed = Seed(output),
            Model = trained.Model,
            MeanCache = trained.MeanCache,
            Corpus = prepared.Corpus,
            Task = task,
            OwnTask = Spec.OwnTasks.GetValueOrDefault(task),
            TaskSeed = Seed("tasks", task), // the same pairs for every model, so that models compare
            Options = Spec.Pruning,
        };
    }

    /// <summary>Takes a measured model further on one task.</summary>
    /// <param name="stage">one of <see cref="SweepStages.OfMeasured"/></param>
    /// <param name="model">the model</param>
    /// <param name="inputs">it and the task</param>
    /// <exception cref="ArgumentOutOfRangeException">it is another stage</exception>
    public ModelTaskJob OfMeasured(SweepStage stage, PlannedModel model, ModelTaskJob inputs)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputs);
        var job = SweepStages.Of(stage).OfMeasured
            ?? throw new ArgumentOutOfRangeException(nameof(stage), stage, "expected a stage of measured models");
        return In(stage, model, job(Spec, model, inputs));
    }

    /// <summary>Takes the best circuit of a search further.</summary>
    /// <param name="stage">one of <see cref="SweepStages.OfCircuits"/></param>
    /// <param name="model">its model</param>
    /// <param name="inputs">its model and task</param>
    /// <param name="circuit">the circuit</param>
    /// <param name="trained">the model's files</param>
    /// <exception cref="ArgumentOutOfRangeException">it is another stage</exception>
    public ModelTaskJob OfCircuit(
        SweepStage stage, PlannedModel model, ModelTaskJob inputs, CircuitResult circuit, TrainResult trained)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(circuit);
        var job = SweepStages.Of(stage).OfCircuit
            ?? throw new ArgumentOutOfRangeException(nameof(stage), stage, "expected a stage of circuits");
        return In(stage, model, job(Spec, trained, inputs, circuit.Circuit));
    }

    /// <summary>The search for the smallest circuit of <paramref name="task"/> in <paramref name="model"/>.</summary>
    /// <param name="model">the model</param>
    /// <param name="task">the task</param>
    /// <param name="prepared">the corpus</param>
    /// <param name="trained">the model's files</param>
    /// <param name="warmStart">finished searches to begin from</param>
    public SearchPlan Search(
        PlannedModel model, string task, PrepareResult prepared, TrainResult trained, ValueList<WarmSource> warmStart = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var id = new SearchId(model.Id, task);
        return new SearchPlan(
            id, Evaluate(model, task, prepared, trained), Spec.Search, Seed(id.ToString()), warmStart,
            Spec.Search.WarmStart.Contains(task))
        {
            StopsEarly = Spec.EarlyStopping.Prunings,
        };
    }

    /// <summary>
    /// The indices of the tasks whose searches the one of the task at <paramref name="index"/> begins from: those of the option, in its
    /// order, for every other task.
    /// </summary>
    internal IEnumerable<int> WarmStart(int index) => Spec.Search.WarmStart.Contains(Spec.Tasks[index])
        ? []
        : Spec.Search.WarmStart.Select(task => Spec.Tasks.Index().First(t => t.Item == task).Index);

    // The learning rate or the suggestion varies fastest, so that a group's models stand together.
    private int GroupSize => Spec.TrainingSearch.IsOn ? Spec.TrainingSearch.Trainings : Math.Max(1, Spec.Grid.PeakLr.Count);

    private WorkItem? Find(SweepStage stage, ReadOnlySpan<char> model, ReadOnlySpan<char> task)
    {
        if (!_indices.TryGetValue(model, out var index)) return null;
        var parts = Parts(stage);
        for (var i = 0; i < parts.Count; i++)
            if (task.SequenceEqual(parts[i])) return new WorkItem(stage, index, i);
        return null;
    }

    private ModelTaskJob In(SweepStage stage, PlannedModel model, ModelTaskJob job)
    {
        var output = model.Of(stage, job.Task).Value;
        return job with { Output = output, Seed = Seed(output) };
    }

    private ulong Seed(params ReadOnlySpan<string> place) => KeyedRandom.DeriveSeed(Spec.Seed, place);

    private static IEnumerable<PlannedModel> Grid(SweepSpec spec, IReadOnlyList<int> widths, IReadOnlyList<double> l0Targets) =>
        from width in widths
        from depth in SweepSpec.Or(spec.Grid.NLayer, spec.Model.NLayer)
        from l0 in l0Targets
        from replica in SweepSpec.Or(spec.Grid.Replicas, 0)
        from lr in SweepSpec.Or(spec.Grid.PeakLr, spec.Training.PeakLr)
        from suggestion in Suggestions(spec)
        select Plan(spec, width, depth, l0, replica, lr, suggestion);

    private static IEnumerable<int?> Suggestions(SweepSpec spec) =>
        spec.TrainingSearch.IsOn ? Enumerable.Range(0, spec.TrainingSearch.Trainings).Select(index => (int?)index) : [null];

    private static string IdOf(string group, int suggestion) => string.Create(CultureInfo.InvariantCulture, $"{group}-s{suggestion:00}");

    private static PlannedModel Plan(SweepSpec spec, int width, int depth, double l0, int replica, double lr, int? suggestion)
    {
        var group = string.Create(CultureInfo.InvariantCulture, $"d{width}n{depth}-l{Number(l0)}-r{replica}");
        var id = suggestion is { } index ? IdOf(group, index) : spec.Grid.PeakLr.Count > 1 ? $"{group}-lr{Number(lr)}" : group;
        var training = spec.TrainingOf(width, l0, lr);
        return new PlannedModel(
            new ModelId(id),
            group,
            spec.ModelOf(width, depth, training.L0),
            training,
            KeyedRandom.DeriveSeed(spec.Seed, "models", id))
        {
            Replica = replica,
            Suggestion = suggestion,
        };
    }

    private static PlannedModel Plan(SweepSpec spec, string name, ImportedModel source)
    {
        if (source is not { Content: { } content, Sha256: not null })
            throw new ArgumentException($"imported.{name} was not looked at: expected its digest and its content", nameof(spec));
        return new PlannedModel(
            new ModelId(name), name, content.Model, new TrainingOptions { L0 = content.L0 },
            KeyedRandom.DeriveSeed(spec.Seed, "models", name))
        {
            Source = source,
        };
    }

    /// <summary>
    /// The shortest digits that read back as the same number, without capitals or a plus, so that it can be part of a file name.
    /// </summary>
    internal static string Number(double value) =>
        value.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal).Replace(
            "+", "", StringComparison.Ordinal);
}
