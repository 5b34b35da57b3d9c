namespace Sweeps.Domain.Sweeps;

/// <summary>Whether a model has learned a task: only then is there a circuit to search for.</summary>
public static class TaskLearning
{
    /// <summary>The loss of guessing between the two completions, nats: ln 2 ≈ 0.693.</summary>
    public static double Chance { get; } = Math.Log(2);

    /// <summary>
    /// Whether the calibrated loss of the whole model on the validation pairs is nearer to guessing than to the target. Never where
    /// guessing is at the target, nor of a result from before that loss was measured.
    /// </summary>
    public static bool IsUnlearned(PruningOptions options, EvaluateResult measured)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(measured);
        return options.TargetLoss < Chance && measured.CalibratedLoss > (options.TargetLoss + Chance) / 2;
    }

    /// <summary>Whether a sweep leaves a task out that was measured: it has no search, and nothing that follows from one.</summary>
    public static bool IsSkipped(SweepSpec spec, EvaluateResult measured)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.SkipUnlearned && IsUnlearned(spec.Pruning, measured);
    }
}
