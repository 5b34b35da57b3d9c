using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="EvaluateJob"/>.</summary>
internal static class EvaluateRun
{
    internal static EvaluateResult Run(EvaluateJob job, JobInputs inputs)
    {
        var (model, task, _) = inputs.Load(job);
        var losses = new double[3];
        var accuracy = 0.0;
        foreach (var split in Enum.GetValues<TaskSplit>())
        {
            var logits = TaskEvaluation.Run(model, task.Rows(split), kept: null, wholeVocabulary: false, job.Options.Kernels, inputs.Context);
            losses[(int)split] = logits.Loss(1, 0).Loss;
            accuracy = logits.Accuracy(1, 0); // the last split is the test split
        }
        return new EvaluateResult(losses[(int)TaskSplit.Train], losses[(int)TaskSplit.Validation], losses[(int)TaskSplit.Test], accuracy);
    }
}
