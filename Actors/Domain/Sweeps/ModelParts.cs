namespace Sweeps.Domain.Sweeps;

/// <summary>A trial of a model.</summary>
/// <param name="Stage">its stage</param>
/// <param name="Index">its place among those of the stage</param>
internal readonly record struct ModelPart(SweepStage Stage, int Index);

/// <summary>What the job of such a trial is made of.</summary>
/// <param name="Spec">the sweep's description</param>
/// <param name="Prepared">the corpus</param>
/// <param name="Model">the shape of the model</param>
/// <param name="Trained">the model</param>
/// <param name="Evaluate">the job that measures the model on a task</param>
/// <param name="Output">the trial's folder</param>
/// <param name="Seed">a seed of the sweep's for a place</param>
/// <param name="Result">what came of another of the model's trials; null where it failed</param>
internal sealed record ModelPartInputs(
    SweepSpec Spec, PrepareResult Prepared, ModelConfig Model, TrainResult Trained, Func<string, EvaluateJob> Evaluate,
    string Output, Func<string, ulong> Seed, Func<ModelPart, JobResult?> Result);

/// <summary>
/// The trials of a stage that belong to a model, and not one to each of its tasks. They open when the model is selected, or when all that
/// they need has ended.
/// </summary>
internal sealed record ModelParts
{
    /// <summary>The last part of each trial's name.</summary>
    public required Func<SweepSpec, IReadOnlyList<string>> Names { get; init; }

    /// <summary>
    /// The trials of the same model that must have ended before one of them begins, of such stages or measurements on a task; default none.
    /// </summary>
    public Func<SweepSpec, int, IEnumerable<ModelPart>> Needs { get; init; } = (_, _) => [];

    /// <summary>Whether a model may have one of them, whatever comes of what it needs; default yes.</summary>
    public Func<SweepSpec, PlannedModel, int, bool> IsFor { get; init; } = (_, _, _) => true;

    /// <summary>The job of one; null where what it needs has failed, so that there is none.</summary>
    public required Func<ModelPartInputs, int, Job?> Job { get; init; }
}
