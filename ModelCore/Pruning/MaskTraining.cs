using System.Globalization;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Trains the masks of one pruning on a frozen model [G A.5]: see <see cref="PruneJob"/>.</summary>
internal sealed class MaskTraining(PruneJob job, IJobContext context, ArtifactStore store, FrozenModel model, TaskData task)
{
    private const string CheckpointFormat = "sweeps-prune-checkpoint-1";

    private readonly Queue<string> _checkpoints = new();
    private readonly int[] _owners = job.Options.TieQueryKey ? QueryKeyTies.Owners(model.Layout) : [];

    /// <summary>Trains to the end.</summary>
    /// <exception cref="JobFailedException">the loss or its gradient is not finite (the work's fault)</exception>
    /// <exception cref="OperationCanceledException">cancelled; a checkpoint was written</exception>
    internal PruneResult Run()
    {
        var (optimizer, step) = Start();
        var note = model.Describe(job.Options.Kernels);
        context.Report(new JobProgress(step, job.Options.Steps, null, note));
        var loss = double.NaN;
        for (; step < job.Options.Steps; step++)
        {
            if (context.Cancelled.IsCancellationRequested)
            {
                if (step > 0) Checkpoint(step, optimizer);
                context.Cancelled.ThrowIfCancellationRequested();
            }
            var (taskLoss, gradient) = TaskLoss(step, optimizer.Tau);
            if (_owners.Length > 0) QueryKeyTies.Share(gradient, _owners);
            var norm = double.IsFinite(taskLoss) ? optimizer.Step(step, gradient) : double.NaN;
            if (!double.IsFinite(norm))
            {
                // The last one on schedule, which is there whether or not the run was interrupted after it: the message goes into the report.
                var good = step / job.Options.CheckpointEvery * job.Options.CheckpointEvery;
                throw new JobFailedException(FailureKind.Work, string.Create(CultureInfo.InvariantCulture,
                    $"mask training of {job.Task}, step {step}: task loss {taskLoss}, gradient norm {norm}; last good checkpoint: {(good == 0 ? "none" : CheckpointPath(good))}"));
            }
            loss = taskLoss;
            context.Report(new JobProgress(step + 1, job.Options.Steps, loss, note));
            if ((step + 1) % job.Options.CheckpointEvery == 0 && step + 1 < job.Options.Steps)
            {
                Checkpoint(step + 1, optimizer);
                // The one before stays: whoever restarts the job may not have heard of the newest yet.
                while (_checkpoints.Count > 2) store.Delete(_checkpoints.Dequeue());
            }
        }
        var masks = MaskFile.Save(store, $"{job.Output}/masks.safetensors", model.Layout, optimizer.Tau, job.Model.Sha256);
        return new PruneResult(masks, optimizer.Tau.Length, NodeGate.CountKept(optimizer.Tau), loss);
    }

    private (double Loss, float[] ByGate) TaskLoss(int step, float[] tau)
    {
        using var scope = torch.NewDisposeScope();
        using var rows = task.TrainBatch(job.Seed, step);
        var kept = Array.ConvertAll(tau, t => NodeGate.IsKept(t) ? 1f : 0f);
        if (model.Engine(job.Options.Kernels) is { } engine) return engine.Loss(rows, kept, job.Options.WholeVocabularyLoss);
        // The gates are the leaves: the surrogate gradient from gate to τ is elementwise and needs no graph.
        var gates = torch.tensor(kept, device: model.Device, requires_grad: true);
        var loss = rows.Loss(model.Logits(rows.Tokens, rows.Positions, gates), job.Options.WholeVocabularyLoss);
        loss.backward();
        return (loss.ToDouble(), gates.grad!.data<float>());
    }

    private (MaskOptimizer Optimizer, int Step) Start()
    {
        if (context.ResumeFrom is { } checkpoint)
        {
            try
            {
                return Resume(checkpoint);
            }
            catch (Exception e) when (e is JobFailedException or InvalidDataException)
            {
                // The same result, only later: better than a job that can never end because its checkpoint was lost.
                context.Report(new JobProgress(0, job.Options.Steps, null, $"starts at step 0, as its checkpoint cannot be used: {e.Message}"));
            }
        }
        var tau = MaskOptimizer.Initial(model.Layout.Count, job.Hyperparameters, job.Seed);
        for (var node = 0; node < _owners.Length; node++) tau[node] = tau[_owners[node]];
        return (new MaskOptimizer(job.Options, job.Hyperparameters, tau), 0);
    }

    private (MaskOptimizer Optimizer, int Step) Resume(ArtifactRef checkpoint)
    {
        using var scope = torch.NewDisposeScope();
        var path = store.Verify(checkpoint);
        var (tensors, metadata) = Safetensors.Load(path);
        if (metadata.GetValueOrDefault("format") != CheckpointFormat || metadata.GetValueOrDefault("model") != job.Model.Sha256)
            throw new InvalidDataException($"{path}: expected a checkpoint of masks of the model {job.Model.Sha256}");
        _checkpoints.Enqueue(checkpoint.Path);
        return (
            new MaskOptimizer(job.Options, job.Hyperparameters, tensors["tau"].data<float>(), tensors["m"].data<float>(), tensors["v"].data<float>()),
            int.Parse(metadata["step"], CultureInfo.InvariantCulture));
    }

    private string CheckpointPath(int step) => string.Create(CultureInfo.InvariantCulture, $"{job.CheckpointFolder}/step-{step:D8}.safetensors");

    // Chance needs no state of its own here: each step's draws are a function of the seed and the step.
    private void Checkpoint(int step, MaskOptimizer optimizer)
    {
        using var scope = torch.NewDisposeScope();
        var name = CheckpointPath(step);
        var metadata = new Dictionary<string, string>
        {
            ["format"] = CheckpointFormat,
            ["model"] = job.Model.Sha256,
            ["step"] = step.ToString(CultureInfo.InvariantCulture),
        };
        var checkpoint = store.Write(name, stream => Safetensors.Save(
            stream, [("tau", torch.tensor(optimizer.Tau)), ("m", torch.tensor(optimizer.M)), ("v", torch.tensor(optimizer.V))], metadata));
        context.Checkpointed(step, checkpoint);
        if (_checkpoints.LastOrDefault() != name) _checkpoints.Enqueue(name);
    }
}
