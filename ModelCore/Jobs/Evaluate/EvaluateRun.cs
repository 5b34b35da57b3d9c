using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="EvaluateJob"/>.</summary>
internal static class EvaluateRun
{
    internal static EvaluateResult Run(EvaluateJob job, JobInputs inputs)
    {
        var (model, task, _) = inputs.Load(job);
        var (options, context) = (job.Options, inputs.Context);
        var train = On(TaskSplit.Train);
        var validation = On(TaskSplit.Validation);
        var test = On(TaskSplit.Test);
        return new EvaluateResult(train.Loss(1, 0).Loss, validation.Loss(1, 0).Loss, test.Loss(1, 0).Loss, test.Accuracy(1, 0))
        {
            CalibratedLoss = CalibratedLoss(train, validation, options),
        };

        TaskLogits On(TaskSplit split) =>
            TaskEvaluation.Run(model, task.Rows(split), kept: null, wholeVocabulary: false, options.Kernels, context);
    }

    /// <summary>The loss on <paramref name="validation"/>, nats, under a scale and a shift fitted on <paramref name="train"/>.</summary>
    /// <remarks>
    /// Fitted on other words than those that it is judged by: two numbers that are fitted to a model that knows nothing gain a little on
    /// their own words. At least Platt's smoothing, 1/(N + 2) for N pairs [Platt 1999]: where the model decides all train pairs rightly
    /// nothing else bounds the scale, and one wrong answer on a validation pair would make a model that knows the task look like one
    /// that guesses.
    /// </remarks>
    internal static double CalibratedLoss(TaskLogits train, TaskLogits validation, PruningOptions options)
    {
        var pairs = train.AnswerIsA.Length / 2;
        var fit = Calibration.Run(train, options.CalibrationSteps, Math.Max(options.CalibrationSmoothing, 1.0 / (pairs + 2)));
        return validation.Loss(fit.Scale, fit.Shift).Loss;
    }
}
