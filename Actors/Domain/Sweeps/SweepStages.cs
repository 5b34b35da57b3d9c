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
            OfCircuit = (_, inputs, circuit) => new ValidateJob(inputs, circuit),
        },
        new()
        {
            Stage = SweepStage.Curve,
            Word = "curves",
            Folder = "curves/",
            IsIn = spec => spec.TargetLosses.Count > 0,
            OfCircuit = (spec, inputs, circuit) => new CurveJob(inputs, circuit, spec.TargetLosses),
        },
        new()
        {
            Stage = SweepStage.Edges,
            Word = "edge prunings",
            Folder = "edges/",
            IsIn = spec => spec.EdgePruning,
            OfCircuit = (_, inputs, circuit) => new PruneEdgesJob(inputs, circuit),
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
    ];

    /// <summary>Those that open when the unpruned model is measured on a task, beside the search.</summary>
    internal static ImmutableArray<StageDefinition> OfMeasured { get; } = [.. All.Where(stage => stage.OfMeasured is not null)];

    /// <summary>Those that open when a search has found a circuit.</summary>
    internal static ImmutableArray<StageDefinition> OfCircuits { get; } = [.. All.Where(stage => stage.OfCircuit is not null)];

    /// <summary>What is particular to <paramref name="stage"/>.</summary>
    public static StageDefinition Of(SweepStage stage) => All[(int)stage];
}
