using Sweeps.ModelCore.Jobs;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Measures circuits of the first nodes of a ranking.</summary>
internal static class CircuitProbe
{
    /// <summary>One probe, on the validation split.</summary>
    /// <param name="model">the model</param>
    /// <param name="task">the task</param>
    /// <param name="order">all nodes, the most important first</param>
    /// <param name="k">nodes kept</param>
    /// <param name="options">the loss, the calibration and the kernels</param>
    /// <param name="context">is told after each batch, and may cancel before it</param>
    /// <exception cref="ArgumentOutOfRangeException">there are no <paramref name="k"/> nodes</exception>
    /// <exception cref="OperationCanceledException">cancelled</exception>
    internal static ProbeResult Run(FrozenModel model, TaskData task, int[] order, int k, PruningOptions options, IJobContext context)
    {
        var kept = NodeRanking.Top(order, k);
        var logits = TaskEvaluation.Run(
            model, task.Rows(TaskSplit.Validation), kept, options.WholeVocabularyLoss, options.Kernels, context);
        return Of(k, CircuitEdges.Count(model, kept), logits, options);
    }

    /// <summary>What logits on the validation split say, calibrated.</summary>
    /// <param name="k">nodes kept, or edges where these are pruned</param>
    /// <param name="edges">edges between the kept nodes</param>
    /// <param name="logits">of the circuit</param>
    /// <param name="options">the calibration</param>
    internal static ProbeResult Of(int k, int edges, TaskLogits logits, PruningOptions options)
    {
        var fit = Calibration.Run(logits, options.CalibrationSteps, options.CalibrationSmoothing);
        return new ProbeResult(k, edges, logits.Loss(1, 0).Loss, fit.Loss, fit.Scale, fit.Shift);
    }
}
