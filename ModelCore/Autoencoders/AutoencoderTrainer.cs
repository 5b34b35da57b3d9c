using System.Globalization;
using Sweeps.Files;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using TorchSharp;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>Trains a sparse autoencoder on the activations of a frozen model.</summary>
internal sealed class AutoencoderTrainer : IDisposable
{
    private readonly TrainAutoencoderJob _job;
    private readonly IJobContext _context;
    private readonly ArtifactStore _store;
    private readonly Transformer _model;
    private readonly AutoencoderSchedule _schedule;
    private readonly ActivationBuffer _buffer;
    private readonly AutoencoderState _state;
    private readonly JobCheckpoints _checkpoints;
    private readonly TimeProvider _time;
    private int _checkpointStep;

    private AutoencoderTrainer(
        TrainAutoencoderJob job, IJobContext context, ArtifactStore store, Transformer model, TokenFile train, TimeProvider time)
    {
        (_job, _context, _store, _model, _time) = (job, context, store, model, time);
        _schedule = new AutoencoderSchedule(Options);
        _buffer = new ActivationBuffer(model, train, Options, KeyedRandom.DeriveSeed(job.Seed, "autoencoder"));
        _checkpoints = new JobCheckpoints(store, job.CheckpointFolder, context);
        using var none = torch.zeros([Options.At.Width(model.Config)]);
        _state = new AutoencoderState(
            Options, AutoencoderParameters.Create(Options, none, Seed, Devices.Parse(context.Device)));
    }

    private AutoencoderOptions Options => _job.Options;

    // Of the initial weights and what else is this autoencoder's own.
    private ulong Seed => KeyedRandom.DeriveSeed(
        _job.Seed, "autoencoder", "init", Options.Seed.ToString(CultureInfo.InvariantCulture));

    /// <summary>Runs the job to its end, from the context's checkpoint where there is one.</summary>
    /// <param name="job">the job</param>
    /// <param name="context">where it runs</param>
    /// <param name="store">the sweep's files</param>
    /// <param name="model">the model, on the context's device</param>
    /// <param name="time">for the rate in progress messages, nothing else; default the system's</param>
    /// <exception cref="JobFailedException">
    /// the options do not fit the model or the training diverged (the work's fault), or a file is missing or damaged (the world's)
    /// </exception>
    /// <exception cref="OperationCanceledException">cancelled; a checkpoint was written</exception>
    internal static TrainAutoencoderResult Run(
        TrainAutoencoderJob job, IJobContext context, ArtifactStore store, Transformer model, TimeProvider? time = null)
    {
        JobFailure.ThrowIfAny(job.Options.Validate().Concat(job.Options.Validate(model.Config)));
        using var train = TokenFile.Open(store.Verify(job.Corpus.TrainTokens));
        using var validation = TokenFile.Open(store.Verify(job.Corpus.ValidationTokens));
        using var trainer = new AutoencoderTrainer(job, context, store, model, train, time ?? TimeProvider.System);
        return trainer.Run(validation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _state.Dispose();
        _buffer.Dispose();
    }

    private TrainAutoencoderResult Run(TokenFile validation)
    {
        var scale = 1.0;
        if (_checkpoints.TryResume(path => scale = AutoencoderCheckpoint.Load(path, _job, _state), Options.Steps))
        {
            _checkpointStep = _state.Step;
            _buffer.Normalise(scale);
            _buffer.Seek(_state.Step);
        }
        else
        {
            Begin();
        }
        var begun = _time.GetTimestamp();
        var first = _state.Step;
        AutoencoderStop? stop = null;
        while (_state.Step < Options.Steps && (stop = Stop()) is null)
        {
            if (_context.Cancelled.IsCancellationRequested)
            {
                if (_state.Step > _checkpointStep) Checkpoint();
                throw new OperationCanceledException($"training was cancelled after step {_state.Step}", _context.Cancelled);
            }
            var loss = Step();
            var rate = (double)(_state.Step - first) * Options.Batch / Math.Max(_time.GetElapsedTime(begun).TotalSeconds, 1e-9);
            var note = string.Create(CultureInfo.InvariantCulture, $"{rate:F0} activations/s, {loss.L0:F1} features active");
            _context.Report(new JobProgress(_state.Step, Options.Steps, loss.Total, note));
            if (_state.Step % Options.CheckpointEvery == 0) Checkpoint();
        }
        if (stop is not null && _state.Window[^1] > 0) LogPoint();
        return Finish(validation, stop);
    }

    private AutoencoderStop? Stop() => HopelessTraining.Judge(_state, Options, () => _buffer.Peek(HopelessTraining.Inputs));

    private void Begin()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var (mean, rms) = _buffer.Measure();
        if (!double.IsFinite(rms))
            throw new JobFailedException(FailureKind.Work, $"the activations at {Options.Location} are not finite");
        // Where all activations are 0 there is nothing to divide by.
        var scale = Options.Normalise && rms > 0 ? rms : 1;
        _buffer.Normalise(scale);
        if (Options.DecoderBias) _state.Parameters.DecoderBias.copy_(mean / scale);
    }

    private AutoencoderLoss Step()
    {
        using var scope = torch.NewDisposeScope();
        var (loss, norm) = _state.Train(_buffer.Next(), _schedule);
        if (!double.IsFinite(loss.Total) || !double.IsFinite(norm))
        {
            throw new JobFailedException(
                FailureKind.Work,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"training diverged at step {_state.Step}: the loss is {loss.Total}, the norm of its gradient {norm}"));
        }
        if (_schedule.Resamples(_state.Step) && Options.Remedy == DeadFeatureRemedy.Resample)
            _state.Resampled += FeatureResampling.Run(_state, Options, _buffer.Peek(FeatureResampling.Candidates), Seed);
        Log(loss, norm);
        return loss;
    }

    private void Log(AutoencoderLoss loss, double norm)
    {
        double[] now = [loss.Reconstruction, loss.Sparsity, loss.Auxiliary, loss.L0, norm, 1];
        for (var i = 0; i < now.Length; i++) _state.Window[i] += now[i];
        if (_state.Step % Options.LogEvery == 0 || _state.Step == Options.Steps) LogPoint();
    }

    private void LogPoint()
    {
        var steps = _state.Window[^1];
        _state.Points.Add(new AutoencoderPoint(
            _state.Step, _state.Window[0] / steps, _state.Window[1] / steps, _state.Window[2] / steps, _state.Window[3] / steps,
            _state.Window[4] / steps, _schedule.LearningRate(_state.Step), _state.Dead().Length, _state.Resampled));
        Array.Clear(_state.Window);
    }

    private void Checkpoint()
    {
        _checkpoints.Write(_state.Step, stream => AutoencoderCheckpoint.Save(stream, _job, _state, _buffer.Scale));
        _checkpointStep = _state.Step;
    }

    private TrainAutoencoderResult Finish(TokenFile validation, AutoencoderStop? stop)
    {
        var origin = new DictionaryOrigin(Autoencoder.NameOf(Options.Kind), Options.At, _job.Model.Sha256);
        using var autoencoder = Autoencoder.Fold(origin, Options, _state.Parameters, _buffer.Scale, _state.LeastActive);
        using var evaluation = new DictionaryEvaluation(
            _model, validation, Options.At, Options.EvalTokens, Options.SkipTokens, (done, all) =>
            {
                _context.Cancelled.ThrowIfCancellationRequested();
                _context.Report(new JobProgress(Options.Steps, Options.Steps, null, $"measuring: {done} of {all} passes"));
            });
        var (metrics, fired) = evaluation.Run([autoencoder])[0];
        autoencoder.Firings = fired;
        var file = _store.Write($"{_job.Output}/autoencoder.safetensors", stream => DictionaryFile.Save(stream, autoencoder));
        var curve = _store.WriteBytes($"{_job.Output}/curve.json", new AutoencoderCurve(_state.Points).ToJson());
        var isL1 = Options.Kind is AutoencoderKind.L1 or AutoencoderKind.L1Tied;
        return new TrainAutoencoderResult(
            file, curve, autoencoder.Features, _state.Step, (long)_state.Step * Options.Batch,
            isL1 ? Options.AlphaSum(autoencoder.Width) : null, _state.Resampled, metrics)
        {
            Stopped = stop,
        };
    }
}
