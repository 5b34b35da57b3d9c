using Sweeps.Files;
using Sweeps.ModelCore.Jobs;
using TorchSharp;
using static TorchSharp.torch;

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
        using var partners = _owners.Length > 0
            ? torch.tensor(QueryKeyTies.Partners(_owners), device: model.Device).DetachFromDisposeScope()
            : null;
        var (tau, loss) = new MaskTraining(job, context, store, task).Run(
            initial, state => Masks(state, partners), model.Describe(job.Options.Kernels));
        var masks = MaskFile.Save(store, $"{job.Output}/masks.safetensors", model.Layout, tau, job.Model.Sha256);
        return new PruneResult(masks, tau.Length, NodeGate.CountKept(tau), loss);
    }

    private IMasks Masks(MaskState state, Tensor? partners) => model.Engine(job.Options.Kernels) is { } engine
        ? new HostMasks(new MaskOptimizer(job.Options, job.Hyperparameters, state), (rows, gates) => OfEngine(engine, rows, gates))
        : new TensorMasks(job.Options, job.Hyperparameters, state, model.Device, (rows, gates) => OfModel(rows, gates, partners));

    private (double Loss, float[] ByGate) OfEngine(PruningEngine engine, TaskRows rows, float[] gates)
    {
        var (loss, byGate) = engine.Loss(rows, gates, job.Options.WholeVocabularyLoss);
        if (_owners.Length > 0) QueryKeyTies.Share(byGate, _owners);
        return (loss, byGate);
    }

    private Tensor OfModel(TaskRows rows, Tensor gates, Tensor? partners)
    {
        // Tied gates are equal: their mean is what they are, and hands to each the mean of their gradients.
        var kept = partners is null ? gates : (gates + gates.index_select(0, partners)) / 2;
        return rows.Loss(model.Logits(rows.Tokens, rows.Positions, kept), job.Options.WholeVocabularyLoss);
    }
}
