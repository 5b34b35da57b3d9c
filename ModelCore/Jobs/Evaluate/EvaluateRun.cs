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
        // Fitted on other words than those that it is judged by: two numbers that are fitted to a model that knows nothing gain a little on
        // their own words.
        var fit = Calibration.Run(train, options.CalibrationSteps, options.CalibrationSmoothing);
        return new EvaluateResult(train.Loss(1, 0).Loss, validation.Loss(1, 0).Loss, test.Loss(1, 0).Loss, test.Accuracy(1, 0))
        {
            CalibratedLoss = validation.Loss(fit.Scale, fit.Shift).Loss,
        };

        TaskLogits On(TaskSplit split) =>
            TaskEvaluation.Run(model, task.Rows(split), kept: null, wholeVocabulary: false, options.Kernels, context);
    }
}
