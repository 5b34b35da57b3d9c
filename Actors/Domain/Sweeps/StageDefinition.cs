namespace Sweeps.Domain.Sweeps;

/// <summary>What is particular to a stage.</summary>
public sealed record StageDefinition
{
    /// <summary>The stage.</summary>
    public required SweepStage Stage { get; init; }

    /// <summary>What comes of it, in the words of the log.</summary>
    public required string Word { get; init; }

    /// <summary>
    /// Where its trials of a model's tasks have their names and their files, with a slash; null for a stage that has none.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>Whether a sweep has it; default always.</summary>
    public Func<SweepSpec, bool> IsIn { get; init; } = _ => true;

    /// <summary>Of the models and tasks of a sweep that has it, whether it has a trial for one; default for all.</summary>
    public Func<PlannedModel, string, bool> IsFor { get; init; } = (_, _) => true;

    /// <summary>
    /// Of a stage with one trial for each task of a model, which opens when the unpruned model is measured: its job, of the sweep's
    /// description, the model
    /// and the inputs of that measurement. Output and seed are set by the plan.
    /// </summary>
    internal Func<SweepSpec, PlannedModel, ModelTaskJob, ModelTaskJob>? OfMeasured { get; init; }

    /// <summary>
    /// Of a stage with one trial for the best circuit of each search, which opens when the search ends: its job, of the sweep's
    /// description, the trained model, the inputs of the search and the circuit's file. Output and seed are set by the plan.
    /// </summary>
    internal Func<SweepSpec, TrainResult, ModelTaskJob, ArtifactRef, ModelTaskJob>? OfCircuit { get; init; }

    /// <summary>
    /// Whether the trained model that <see cref="OfCircuit"/> is given is the one of <see cref="PlannedModel.Dense"/>, without which there
    /// is no trial; default no.
    /// </summary>
    internal bool OfDense { get; init; }

    /// <summary>Of a stage whose trials belong to a model and to no task: which they are.</summary>
    internal ModelParts? OfModel { get; init; }

    /// <summary>How many trials it may have of a model in a sweep; none where the sweep does not have the stage.</summary>
    public int TrialsOf(SweepSpec spec, PlannedModel model)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(model);
        if (!IsIn(spec)) return 0;
        return OfModel is { } parts
            ? parts.Names(spec).Index().Count(part => parts.IsFor(spec, model, part.Index))
            : spec.Tasks.Count(task => IsFor(model, task));
    }

    /// <summary>Whether its trials belong to models, and not one to each task of them.</summary>
    public bool IsOfModel => OfModel is not null;
}
