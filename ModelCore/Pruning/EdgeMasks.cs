using Sweeps.Files;
using Sweeps.ModelCore.Jobs;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Trains one mask for each edge of a circuit, whose nodes stay as they are.</summary>
internal static class EdgeMasks
{
    /// <summary>τ of each edge.</summary>
    /// <param name="job">options, seed and the place of checkpoints</param>
    /// <param name="context">where the job runs</param>
    /// <param name="store">the sweep's files</param>
    /// <param name="model">the model</param>
    /// <param name="task">the task</param>
    /// <param name="hyperparameters">of the training</param>
    /// <param name="nodes">for each node whether it is kept</param>
    /// <param name="gates">of the edges</param>
    /// <exception cref="JobFailedException">the loss or its gradient is not finite (the work's fault)</exception>
    /// <exception cref="OperationCanceledException">cancelled; what the masks have learned is in a checkpoint</exception>
    internal static float[] Train(
        ModelTaskJob job, IJobContext context, ArtifactStore store, FrozenModel model, TaskData task,
        PruningHyperparameters hyperparameters, bool[] nodes, EdgeGates gates)
    {
        using var scope = torch.NewDisposeScope();
        var kept = model.Gates(nodes);
        var initial = MaskOptimizer.Initial(gates.Count, hyperparameters, job.Seed);
        return new MaskTraining(job, context, store, task).Run(
            initial,
            state => new TensorMasks(job.Options, hyperparameters, state, model.Device, TaskLoss),
            $"masks of {gates.Count} edges").Tau;

        Tensor TaskLoss(TaskRows rows, Tensor values) =>
            rows.Loss(model.Logits(rows.Tokens, rows.Positions, kept, weights: gates.Weights(values)), job.Options.WholeVocabularyLoss);
    }
}
