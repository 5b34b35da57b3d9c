using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Runs a <see cref="CircuitJob"/>.</summary>
internal static class CircuitRun
{
    internal static CircuitResult Run(CircuitJob job, JobInputs inputs)
    {
        var (model, task, tokenizer) = inputs.Load(job);
        var (probe, options) = (job.Probe, job.Options);
        var kept = NodeRanking.Top(inputs.Order(job.Masks, model, job), probe.K);
        var test = TaskEvaluation.Run(model, task.Rows(TaskSplit.Test), kept, options.WholeVocabularyLoss, options.Kernels, inputs.Context);
        var losses = CircuitLosses.Of(probe.LossBefore, new(probe.Loss, probe.Scale, probe.Shift), test);
        var file = new CircuitBuilder(model, tokenizer, task).Build(job, kept, losses);
        var artifact = inputs.Store.WriteBytes($"{job.Output}/circuit.json", file.ToBytes());
        return new CircuitResult(artifact, file.NodeCount, file.EdgeCount, losses.Validation, losses.Test, losses.TestAccuracy);
    }
}
