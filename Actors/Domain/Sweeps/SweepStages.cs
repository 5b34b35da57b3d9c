using System.Collections.Immutable;

namespace Sweeps.Domain.Sweeps;

/// <summary>
/// Every stage, once. A stage that takes a measured model or a circuit further is a line here, and a member of <see cref="SweepStage"/>;
/// the others open
/// each in its own way: see <see cref="SweepState"/>.
/// </summary>
public static class SweepStages
{
    /// <summary>All stages, in the order of <see cref="SweepStage"/>.</summary>
    public static ImmutableArray<StageDefinition> All { get; } =
    [
        new() { Stage = SweepStage.Prepare, Word = "corpus" },
        new() { Stage = SweepStage.Train, Word = "models" },
        new() { Stage = SweepStage.Evaluate, Word = "evaluations", Folder = "models/" },
        new() { Stage = SweepStage.Search, Word = "searches" },
        new()
        {
            Stage = SweepStage.Attribution,
            Word = "attributions",
            Folder = "attribution/",
            IsIn = spec => spec.Attribution,
            OfMeasured = (spec, _, inputs) => new PruneJob(inputs, spec.Search.Center) { Method = PruningMethod.Attribution },
        },
        new()
        {
            Stage = SweepStage.Validate,
            Word = "validations",
            Folder = "validations/",
            IsIn = spec => spec.Validate,
            OfCircuit = (_, _, inputs, circuit) => new ValidateJob(inputs, circuit),
        },
        new()
        {
            Stage = SweepStage.Curve,
            Word = "curves",
            Folder = "curves/",
            IsIn = spec => spec.TargetLosses.Count > 0,
            OfCircuit = (spec, _, inputs, circuit) => new CurveJob(inputs, circuit, spec.TargetLosses),
        },
        new()
        {
            Stage = SweepStage.Edges,
            Word = "edge prunings",
            Folder = "edges/",
            IsIn = spec => spec.EdgePruning,
            OfCircuit = (_, _, inputs, circuit) => new PruneEdgesJob(inputs, circuit),
        },
        new()
        {
            Stage = SweepStage.Given,
            Word = "published circuits",
            Folder = "given/",
            IsIn = spec => spec.Imported.Values.Any(model => model.Circuits.Count > 0),
            IsFor = (model, task) => model.Source?.Circuits.ContainsKey(task) == true,
            OfMeasured = (_, model, inputs) => new GivenJob(inputs, model.Source!.Circuits[inputs.Task]),
        },
        new()
        {
            Stage = SweepStage.Autoencoders,
            Word = "autoencoders",
            Folder = "autoencoders/",
            IsIn = spec => spec.Autoencoders.IsOn,
            OfModel = AutoencoderStages.Train,
        },
        new()
        {
            Stage = SweepStage.Dictionaries,
            Word = "comparisons of dictionaries",
            Folder = "dictionaries/",
            IsIn = spec => spec.Autoencoders.IsOn,
            OfModel = AutoencoderStages.Compare,
        },
        new()
        {
            Stage = SweepStage.Features,
            Word = "scores of features",
            Folder = "features/",
            IsIn = spec => spec.Autoencoders is { IsOn: true, Scores: true },
            OfModel = AutoencoderStages.Score,
        },
        new()
        {
            Stage = SweepStage.Ablations,
            Word = "ablations of features",
            Folder = "ablations/",
            IsIn = spec => spec.Autoencoders is { IsOn: true, AblationPairs: > 0 } && spec.Tasks.Count > 0,
            OfModel = AutoencoderStages.Ablate,
        },
        new()
        {
            Stage = SweepStage.BasisPrunings,
            Word = "prunings in bases",
            Folder = "basis-prunings/",
            IsIn = ComparesBases,
            OfModel = BasisStages.Prune,
        },
        new()
        {
            Stage = SweepStage.BasisCircuits,
            Word = "circuits in bases",
            Folder = "basis-circuits/",
            IsIn = ComparesBases,
            OfModel = BasisStages.Count,
        },
        new()
        {
            Stage = SweepStage.Bridges,
            Word = "measurements of bridges",
            Folder = "bridges/",
            IsIn = spec => spec.Bridges.IsOn,
            OfModel = BridgeStages.Measure,
        },
        new()
        {
            Stage = SweepStage.Interventions,
            Word = "interventions",
            Folder = "interventions/",
            IsIn = spec => spec.Bridges is { IsOn: true, Interventions: true } && spec.Tasks.Count > 0,
            IsFor = (model, _) => model.Bridged is not null,
            OfCircuit = BridgeStages.Intervene,
        },
        new()
        {
            Stage = SweepStage.Ridges,
            Word = "interventions by regression",
            Folder = "ridges/",
            IsIn = spec => spec.Bridges is { IsOn: true, Interventions: true, Regression: true } && spec.Tasks.Count > 0,
            IsFor = (model, _) => model.Dense is not null,
            OfCircuit = BridgeStages.Regress,
            OfDense = true,
        },
    ];

    /// <summary>Those that open when the unpruned model is measured on a task, beside the search.</summary>
    internal static ImmutableArray<StageDefinition> OfMeasured { get; } = [.. All.Where(stage => stage.OfMeasured is not null)];

    /// <summary>Those that open when a search has found a circuit.</summary>
    internal static ImmutableArray<StageDefinition> OfCircuits { get; } = [.. All.Where(stage => stage.OfCircuit is not null)];

    /// <summary>Those of them that need the dense model too.</summary>
    internal static ImmutableArray<StageDefinition> OfDense { get; } = [.. All.Where(stage => stage.OfDense)];

    /// <summary>Those whose trials belong to a model and to no task.</summary>
    internal static ImmutableArray<StageDefinition> OfModels { get; } = [.. All.Where(stage => stage.OfModel is not null)];

    private static bool ComparesBases(SweepSpec spec) =>
        spec.Autoencoders is { IsOn: true, Circuits.IsOn: true } && spec.Tasks.Count > 0;

    /// <summary>What is particular to <paramref name="stage"/>.</summary>
    public static StageDefinition Of(SweepStage stage) => All[(int)stage];
}
