using System.Globalization;
using Sweeps.Files;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Training;

/// <summary>
/// Weight-sparse training [G A.2]: AdamW on dense gradients and moments, and after every update the projection of each weight matrix and
/// embedding onto its largest entries. Dense training is the same with a target of 1.
/// </summary>
internal sealed class Trainer : IDisposable
{
    private readonly TrainJob _job;
    private readonly IJobContext _context;
    private readonly ArtifactStore _store;
    private readonly TrainingSchedule _schedule;
    private readonly TrainingState _state;
    private readonly Device _device;
    private readonly List<TokenBatch> _validation;
    private readonly Rate _rate;
    private readonly long _entries;
    private readonly JobCheckpoints _checkpoints;
    private int _checkpointStep;

    private Trainer(
        TrainJob job, IJobContext context, ArtifactStore store, TokenFile train, TokenFile validation, TimeProvider time,
        Func<Transformer, ITrainedBeside>? beside)
    {
        (_job, _context, _store) = (job, context, store);
        _checkpoints = new JobCheckpoints(store, job.CheckpointFolder, context);
        _schedule = new TrainingSchedule(Options);
        _device = Devices.Parse(context.Device);
        _validation = Evaluation.Batches(new SequentialBatches(validation, Options.BatchSize, job.Model.NCtx), Options.EvalBatches);
        using (var generator = new torch.Generator(KeyedRandom.DeriveSeed(job.Seed, "init")))
        {
            var model = Transformer.Create(job.Model, generator, Options.InitStd, Options.BigramInit, _device);
            _state = new TrainingState(job, model, train, beside);
        }
        (Model.Kernels, Model.WeightGradient) = (Options.Kernels, Options.WeightGradient);
        _entries = _state.Model.Parameters.Sum(p => p.Spec.NumberOfElements);
        _rate = new Rate(time, (long)Options.BatchSize * job.Model.NCtx);
    }

    private TrainingOptions Options => _job.Training;

    private Transformer Model => _state.Model;

    /// <summary>Runs the job to its end, from the context's checkpoint where there is one.</summary>
    /// <param name="job">the job</param>
    /// <param name="context">where it runs</param>
    /// <param name="time">for the tokens per second in progress messages, nothing else; default the system's</param>
    /// <param name="beside">makes what is trained with the model, which the caller disposes of; null for nothing</param>
    /// <exception cref="JobFailedException">
    /// the options are out of range or training diverged (the work's fault), or a file is missing or damaged (the world's)
    /// </exception>
    /// <exception cref="OperationCanceledException">cancelled; a checkpoint was written</exception>
    public static TrainResult Run(
        TrainJob job, IJobContext context, TimeProvider? time = null, Func<Transformer, ITrainedBeside>? beside = null)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(context);
        var problems = job.Model.Validate().Select(p => $"model.{p}")
            .Concat(job.Training.Validate().Concat(job.Training.Validate(job.Model)).Select(p => $"training.{p}")).ToList();
        if (Devices.Parse(context.Device).type != DeviceType.CPU)
        {
            if (job.Training.Kernels == KernelChoice.Sparse)
                problems.Add($"training.kernels is sparse: expected auto or dense on {context.Device}");
            if (job.Training.WeightGradient != WeightGradient.Float32)
                problems.Add($"training.weight_gradient is bfloat16: expected float32 on {context.Device}");
        }
        if (problems.Count > 0) throw new JobFailedException(FailureKind.Work, $"training is refused: {string.Join("; ", problems)}");
        var store = new ArtifactStore(context.Root);
        using var train = TokenFile.Open(store.Verify(job.Corpus.TrainTokens));
        using var validation = TokenFile.Open(store.Verify(job.Corpus.ValidationTokens));
        using var trainer = new Trainer(job, context, store, train, validation, time ?? TimeProvider.System, beside);
        return trainer.Run(train);
    }

    /// <summary>Frees the model and the optimiser's state.</summary>
    public void Dispose() => _state.Dispose();

    private TrainResult Run(TokenFile train)
    {
        if (_checkpoints.TryResume(path => TrainingCheckpoint.Load(path, _job, _state), Options.Steps)) _checkpointStep = _state.Step;
        // The attempt that evaluated them may have died before anybody noted what it said.
        foreach (var point in _state.Points) Tell(point);
        while (_state.Step < Options.Steps)
        {
            if (_context.Cancelled.IsCancellationRequested)
            {
                if (_state.Step > _checkpointStep) Checkpoint();
                throw new OperationCanceledException($"training was cancelled after step {_state.Step}", _context.Cancelled);
            }
            Step(_state.Step + 1);
            if (_state.Step % Options.CheckpointEvery == 0) Checkpoint();
        }
        return Finish(train);
    }

    private void Step(int step)
    {
        using var scope = torch.NewDisposeScope();
        var (tokens, targets) = _state.Batches.Next().ToTensors(_device);
        var loss = _state.Beside?.LossAndGradients(step, tokens, targets) ?? Model.LossAndGradients(tokens, targets);
        var note = string.Create(CultureInfo.InvariantCulture, $"{Model.SparseMaps} of {Model.LinearMaps} products sparse");
        var gradientRms = _state.Optimizer.ScaleGradient();
        RequireProgress(step, loss, gradientRms);

        _state.Optimizer.Step(_schedule.LearningRate(step), kind => _schedule.L0(step, kind));

        _state.Step = step;
        _state.WindowLoss += loss;
        _state.WindowSteps++;
        Log(step, gradientRms);
        _context.Report(new JobProgress(step, Options.Steps, loss, $"{_rate.Note()}, {note}") { Training = Figures() });
    }

    private TrainingFigures Figures()
    {
        var evaluation = _state.Points.LastOrDefault(point => point.Evaluation is not null)?.Evaluation;
        return new TrainingFigures(_rate.Tokens, _state.Points.LastOrDefault()?.L0, evaluation?.Loss, evaluation?.DeadFraction);
    }

    private void RequireProgress(int step, double loss, double gradientRms)
    {
        var bound = Options.DivergenceFactor * Math.Log(_job.Model.VocabSize);
        string? problem = null;
        if (!double.IsFinite(loss)) problem = $"the loss is {loss}";
        else if (!double.IsFinite(gradientRms)) problem = $"the gradient's RMS is {gradientRms}";
        else if (step > _schedule.WarmupSteps && loss > bound)
            problem = string.Create(
                CultureInfo.InvariantCulture, $"the loss is {loss:G6}, above the bound of {bound:G6} (divergence_factor × ln vocab_size)");
        if (problem is null) return;
        // The last one on schedule, which is there whether or not the run was interrupted after it: the message goes into the report.
        var good = (step - 1) / Options.CheckpointEvery * Options.CheckpointEvery;
        var checkpoint = good == 0 ? "there is no checkpoint" : $"the last good checkpoint is {_checkpoints.Path(good)}, of step {good}";
        throw new JobFailedException(FailureKind.Work, $"training diverged at step {step}: {problem}; {checkpoint}");
    }

    private void Log(int step, double gradientRms)
    {
        var last = step == Options.Steps;
        var evaluate = last || step % Options.EvalEvery == 0;
        if (!evaluate && step % Options.LogEvery != 0) return;
        var nonzeros = NonzeroCounter.Count(Model.Parameters);
        var point = new CurvePoint(
            step, _state.WindowLoss / _state.WindowSteps, _schedule.LearningRate(step), _schedule.L0(step), nonzeros.Total,
            nonzeros.Matrices.Fraction, gradientRms, evaluate ? Evaluation.Run(Model, _validation) : null)
        {
            ByKind = nonzeros,
        };
        if (point.Evaluation is { } evaluation && !double.IsFinite(evaluation.Loss)) RequireProgress(step, evaluation.Loss, gradientRms);
        _state.Points.Add(point);
        _state.Beside?.Log(step);
        Tell(point);
        (_state.WindowLoss, _state.WindowSteps) = (0, 0);
    }

    private void Tell(CurvePoint point)
    {
        if (point.Evaluation is { } evaluation) _context.Evaluated(point.Step, evaluation.Loss);
    }

    private void Checkpoint()
    {
        _checkpoints.Write(_state.Step, stream => TrainingCheckpoint.Save(stream, _job, _state));
        _checkpointStep = _state.Step;
    }

    private TrainResult Finish(TokenFile train)
    {
        var model = _store.Write($"{_job.Output}/model.safetensors", stream => ModelFile.Save(stream, Model));
        var sampler = new BatchSampler(train, Options.BatchSize, _job.Model.NCtx, KeyedRandom.DeriveSeed(_job.Seed, "mean_cache"));
        var perBatch = Options.BatchSize * _job.Model.NCtx;
        var batches = Enumerable.Range(0, (Options.MeanCacheTokens + perBatch - 1) / perBatch).Select(
            _ => sampler.Next().ToTensors(_device).Tokens);
        ArtifactRef means;
        using (var cache = MeanCache.Compute(Model, batches))
            means = _store.Write($"{_job.Output}/mean_cache.safetensors", cache.Save);
        var curve = _store.WriteBytes($"{_job.Output}/curve.json", new TrainingCurve(_state.Points).ToJson());
        var end = _state.Points[^1];
        var evaluation = end.Evaluation!; // the last step is always evaluated
        return new TrainResult(
            model, means, curve, _state.Step, _entries, end.Nonzeros, end.L0, end.Loss, evaluation.Loss, evaluation.DeadFraction,
            evaluation.ResidualKurtosis)
        {
            ByKind = end.ByKind,
        };
    }

    /// <summary>Tokens per second since this attempt began.</summary>
    private sealed class Rate(TimeProvider time, long tokensPerStep)
    {
        private readonly long _start = time.GetTimestamp();
        private long _tokens;

        public long Tokens => _tokens;

        public string Note()
        {
            _tokens += tokensPerStep;
            return string.Create(
                CultureInfo.InvariantCulture, $"{_tokens / Math.Max(time.GetElapsedTime(_start).TotalSeconds, 1e-9):F0} tokens/s");
        }
    }
}
