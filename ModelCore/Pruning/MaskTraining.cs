using System.Globalization;
using Sweeps.Files;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// Trains masks on a frozen model [G A.5], whatever it is that they keep and drop: task loss plus k_coef for each thing that is kept.
/// </summary>
internal sealed class MaskTraining(ModelTaskJob job, IJobContext context, ArtifactStore store, TaskData task)
{
    private const string CheckpointFormat = "sweeps.mask_checkpoint.2";

    // The same content under a name of another style.
    private const string CheckpointFormat1 = "sweeps-prune-checkpoint-1";

    private readonly JobCheckpoints _checkpoints = new(store, job.CheckpointFolder!, context);

    /// <summary>Trains to the end.</summary>
    /// <param name="initial">τ of each mask at the start; it becomes the training's own</param>
    /// <param name="create">the masks in a state; they are disposed of at the end</param>
    /// <param name="note">what is trained, for people</param>
    /// <returns>the trained τ, and the task loss of the last step</returns>
    /// <exception cref="JobFailedException">the loss or its gradient is not finite (the work's fault)</exception>
    /// <exception cref="OperationCanceledException">cancelled; a checkpoint was written</exception>
    internal (float[] Tau, double Loss) Run(float[] initial, Func<MaskState, IMasks> create, string note)
    {
        var (state, step) = Start(initial);
        using var masks = create(state);
        context.Report(new JobProgress(step, job.Options.Steps, null, note));
        var loss = double.NaN;
        while (step < job.Options.Steps)
        {
            if (context.Cancelled.IsCancellationRequested)
            {
                if (step > 0) Checkpoint(step, masks);
                context.Cancelled.ThrowIfCancellationRequested();
            }
            using (var rows = task.TrainBatch(job.Seed, step)) masks.Step(step, rows);
            step++;
            var isCheckpoint = step % job.Options.CheckpointEvery == 0 && step < job.Options.Steps;
            if (!isCheckpoint && step < job.Options.Steps && step % masks.StepsPerRead != 0) continue;
            loss = Last(masks).Loss;
            context.Report(new JobProgress(step, job.Options.Steps, loss, note));
            if (isCheckpoint) Checkpoint(step, masks);
        }
        return (masks.State().Tau, loss);
    }

    private MaskStep Last(IMasks masks)
    {
        var last = masks.Last();
        if (last.IsFinite) return last;
        // The last one on schedule, which is there whether or not the run was interrupted after it: the message goes into the report.
        var good = last.Step / job.Options.CheckpointEvery * job.Options.CheckpointEvery;
        throw new JobFailedException(FailureKind.Work, string.Create(CultureInfo.InvariantCulture,
            $"mask training of {job.Task}, step {last.Step}: task loss {last.Loss}, gradient norm {last.GradientNorm}; " +
            $"last good checkpoint: {(good == 0 ? "none" : _checkpoints.Path(good))}"));
    }

    private (MaskState State, int Step) Start(float[] initial)
    {
        (MaskState, int)? resumed = null;
        _checkpoints.TryResume(path => resumed = Load(path, initial.Length), job.Options.Steps);
        return resumed ?? (MaskState.Initial(initial), 0);
    }

    private (MaskState State, int Step) Load(string path, int masks)
    {
        using var scope = torch.NewDisposeScope();
        var (tensors, metadata) = Safetensors.Load(path);
        if (metadata.GetValueOrDefault("format") is not (CheckpointFormat or CheckpointFormat1)
            || metadata.GetValueOrDefault("model") != job.Model.Sha256)
            throw new InvalidDataException($"{path}: expected a checkpoint of masks of the model {job.Model.Sha256}");
        if (tensors["tau"].numel() != masks)
            throw new InvalidDataException($"{path}: a checkpoint of {tensors["tau"].numel()} masks, expected {masks}");
        return (
            new MaskState(tensors["tau"].Values<float>(), tensors["m"].Values<float>(), tensors["v"].Values<float>()),
            int.Parse(metadata["step"], CultureInfo.InvariantCulture));
    }

    // Chance needs no state of its own here: each step's draws are a function of the seed and the step.
    private void Checkpoint(int step, IMasks masks)
    {
        _ = Last(masks); // what is not finite must not be gone on from
        var (tau, m, v) = masks.State();
        using var scope = torch.NewDisposeScope();
        var metadata = new Dictionary<string, string>
        {
            ["format"] = CheckpointFormat,
            ["model"] = job.Model.Sha256,
            ["step"] = step.ToString(CultureInfo.InvariantCulture),
        };
        _checkpoints.Write(step, stream => Safetensors.Save(
            stream, [("tau", torch.tensor(tau)), ("m", torch.tensor(m)), ("v", torch.tensor(v))], metadata));
    }
}
