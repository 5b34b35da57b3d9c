using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.Files;
using Sweeps.ModelCore.Jobs;
using TorchSharp;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Trains one mask per node [G A.5]: see <see cref="PruneJob"/>.</summary>
internal sealed class NodePruning(PruneJob job, IJobContext context, ArtifactStore store, FrozenModel model, TaskData task)
{
    private readonly int[] _owners = job.Options.TieQueryKey ? QueryKeyTies.Owners(model.Layout) : [];

    /// <summary>Trains the masks and writes them.</summary>
    /// <exception cref="JobFailedException">the loss or its gradient is not finite (the work's fault)</exception>
    /// <exception cref="OperationCanceledException">cancelled; a checkpoint was written</exception>
    internal PruneResult Run()
    {
        var initial = MaskOptimizer.Initial(model.Layout.Count, job.Hyperparameters, job.Seed);
        for (var node = 0; node < _owners.Length; node++) initial[node] = initial[_owners[node]];
        var (tau, loss) = new MaskTraining(job, job.Hyperparameters, context, store, task).Run(initial, TaskLoss, model.Describe(job.Options.Kernels));
        var masks = MaskFile.Save(store, $"{job.Output}/masks.safetensors", model.Layout, tau, job.Model.Sha256);
        return new PruneResult(masks, tau.Length, NodeGate.CountKept(tau), loss);
    }

    private (double Loss, float[] ByGate) TaskLoss(TaskRows rows, float[] kept)
    {
        var (loss, byGate) = model.Engine(job.Options.Kernels) is { } engine
            ? engine.Loss(rows, kept, job.Options.WholeVocabularyLoss)
            : OfModel(rows, kept);
        if (_owners.Length > 0) QueryKeyTies.Share(byGate, _owners);
        return (loss, byGate);
    }

    private (double Loss, float[] ByGate) OfModel(TaskRows rows, float[] kept)
    {
        // The gates are the leaves: the surrogate gradient from gate to τ is elementwise and needs no graph.
        var gates = torch.tensor(kept, device: model.Device, requires_grad: true);
        var loss = rows.Loss(model.Logits(rows.Tokens, rows.Positions, gates), job.Options.WholeVocabularyLoss);
        KernelBackward.Run(() => loss.backward());
        return (loss.ToDouble(), gates.grad!.Values<float>());
    }
}
