using System.Globalization;
using Sweeps.Files;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Trains masks on a frozen model [G A.5], whatever it is that they keep and drop: task loss plus k_coef for each thing that is kept.</summary>
internal sealed class MaskTraining(ModelTaskJob job, PruningHyperparameters hyperparameters, IJobContext context, ArtifactStore store, TaskData task)
{
    private const string CheckpointFormat = "sweeps-prune-checkpoint-1";

    private readonly JobCheckpoints _checkpoints = new(store, job.CheckpointFolder!, context);

    /// <summary>The task loss, and its derivative by each gate.</summary>
    /// <param name="rows">the pairs of a step</param>
    /// <param name="gates">per mask 1 where its thing is kept, else 0</param>
    internal delegate (double Loss, float[] ByGate) TaskLoss(TaskRows rows, float[] gates);

    /// <summary>Trains to the end.</summary>
    /// <param name="initial">τ of each mask at the start; it becomes the training's own</param>
    /// <param name="taskLoss">what is made small</param>
    /// <param name="note">what is trained, for people</param>
    /// <returns>the trained τ, and the task loss of the last step</returns>
    /// <exception cref="JobFailedException">the loss or its gradient is not finite (the work's fault)</exception>
    /// <exception cref="OperationCanceledException">cancelled; a checkpoint was written</exception>
    internal (float[] Tau, double Loss) Run(float[] initial, TaskLoss taskLoss, string note)
    {
        var (optimizer, step) = Start(initial);
        context.Report(new JobProgress(step, job.Options.Steps, null, note));
        var loss = double.NaN;
        for (; step < job.Options.Steps; step++)
        {
            if (context.Cancelled.IsCancellationRequested)
            {
                if (step > 0) Checkpoint(step, optimizer);
                context.Cancelled.ThrowIfCancellationRequested();
            }
            var (lossOfStep, gradient) = Evaluate(step, optimizer.Tau, taskLoss);
            var norm = double.IsFinite(lossOfStep) ? optimizer.Step(step, gradient) : double.NaN;
            if (!double.IsFinite(norm))
            {
                // The last one on schedule, which is there whether or not the run was interrupted after it: the message goes into the report.
                var good = step / job.Options.CheckpointEvery * job.Options.CheckpointEvery;
                throw new JobFailedException(FailureKind.Work, string.Create(CultureInfo.InvariantCulture,
                    $"mask training of {job.Task}, step {step}: task loss {lossOfStep}, gradient norm {norm}; last good checkpoint: {(good == 0 ? "none" : _checkpoints.Path(good))}"));
            }
            loss = lossOfStep;
            context.Report(new JobProgress(step + 1, job.Options.Steps, loss, note));
            if ((step + 1) % job.Options.CheckpointEvery == 0 && step + 1 < job.Options.Steps) Checkpoint(step + 1, optimizer);
        }
        return (optimizer.Tau, loss);
    }

    private (double Loss, float[] ByGate) Evaluate(int step, float[] tau, TaskLoss taskLoss)
    {
        using var scope = torch.NewDisposeScope();
        using var rows = task.TrainBatch(job.Seed, step);
        return taskLoss(rows, Array.ConvertAll(tau, t => NodeGate.IsKept(t) ? 1f : 0f));
    }

    private (MaskOptimizer Optimizer, int Step) Start(float[] initial)
    {
        (MaskOptimizer, int)? resumed = null;
        _checkpoints.TryResume(path => resumed = Load(path, initial.Length), job.Options.Steps);
        return resumed ?? (new MaskOptimizer(job.Options, hyperparameters, initial), 0);
    }

    private (MaskOptimizer Optimizer, int Step) Load(string path, int masks)
    {
        using var scope = torch.NewDisposeScope();
        var (tensors, metadata) = Safetensors.Load(path);
        if (metadata.GetValueOrDefault("format") != CheckpointFormat || metadata.GetValueOrDefault("model") != job.Model.Sha256)
            throw new InvalidDataException($"{path}: expected a checkpoint of masks of the model {job.Model.Sha256}");
        if (tensors["tau"].numel() != masks) throw new InvalidDataException($"{path}: a checkpoint of {tensors["tau"].numel()} masks, expected {masks}");
        return (
            new MaskOptimizer(job.Options, hyperparameters, tensors["tau"].Values<float>(), tensors["m"].Values<float>(), tensors["v"].Values<float>()),
            int.Parse(metadata["step"], CultureInfo.InvariantCulture));
    }

    // Chance needs no state of its own here: each step's draws are a function of the seed and the step.
    private void Checkpoint(int step, MaskOptimizer optimizer)
    {
        using var scope = torch.NewDisposeScope();
        var metadata = new Dictionary<string, string>
        {
            ["format"] = CheckpointFormat,
            ["model"] = job.Model.Sha256,
            ["step"] = step.ToString(CultureInfo.InvariantCulture),
        };
        _checkpoints.Write(step, stream => Safetensors.Save(
            stream, [("tau", torch.tensor(optimizer.Tau)), ("m", torch.tensor(optimizer.M)), ("v", torch.tensor(optimizer.V))], metadata));
    }
}
