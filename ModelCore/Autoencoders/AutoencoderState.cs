using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>All that the training of a sparse autoencoder carries from step to step.</summary>
internal sealed class AutoencoderState : IDisposable
{
    private readonly AutoencoderOptions _options;
    private readonly AutoencoderPass _pass;
    private readonly IReadOnlyList<Tensor> _trained;
    private readonly bool _fused;

    /// <param name="options">how it is trained</param>
    /// <param name="parameters">initial values; taken over</param>
    internal AutoencoderState(AutoencoderOptions options, AutoencoderParameters parameters)
    {
        (_options, Parameters) = (options, parameters);
        _pass = new AutoencoderPass(options, parameters);
        var trained = parameters.Trained(options);
        _trained = [.. trained.Select(one => one.Value)];
        Adam = new AdamW(
            trained, options.Lr, options.Beta1 ?? (options.Kind == AutoencoderKind.Jumprelu ? 0 : 0.9), options.Beta2, options.Epsilon,
            weightDecay: 0);
        _fused = Functions.enabled && Adam.CanFuse;
        Idle = new long[parameters.Features];
    }

    internal AutoencoderParameters Parameters { get; }

    internal AdamW Adam { get; }

    internal int Step { get; set; }

    /// <summary>Inputs since each feature fired last.</summary>
    internal long[] Idle { get; }

    /// <summary>The running mean of the least active value of a batch, which is batchtopk's threshold; null before there is one.</summary>
    internal double? LeastActive { get; set; }

    /// <summary>Features that began anew so far.</summary>
    internal int Resampled { get; set; }

    internal List<AutoencoderPoint> Points { get; } = [];

    /// <summary>Sums over the steps since the last point: reconstruction, sparsity, auxiliary, L0, norm, steps.</summary>
    internal double[] Window { get; } = new double[6];

    /// <summary>Features that did not fire for as long as the options say, in rising order.</summary>
    internal long[] Dead() =>
        [.. Enumerable.Range(0, Idle.Length).Where(feature => Idle[feature] >= _options.DeadAfter).Select(feature => (long)feature)];

    /// <summary>One step of the optimiser on a batch of normalised inputs.</summary>
    /// <param name="x">(n, d)</param>
    /// <param name="schedule">learning rate, and weight of the sparsity</param>
    /// <returns>the loss before the step, and the gradient's norm before it was bounded</returns>
    internal (AutoencoderLoss Loss, double Norm) Train(Tensor x, AutoencoderSchedule schedule)
    {
        using var scope = torch.NewDisposeScope();
        var step = Step + 1;
        var loss = _pass.Run(x, schedule.Sparsity(step), _options.Remedy == DeadFeatureRemedy.Aux ? Dead() : null);
        var norm = _fused ? Adam.GradientNorm() : GradientNorm.Of(_trained);
        var scale = Math.Min(1, _options.ClipNorm / (norm + 1e-6));
        Adam.Lr = schedule.LearningRate(step);
        if (double.IsFinite(norm))
        {
            if (_fused)
            {
                Adam.FusedStep(scale, new Dictionary<string, L0Target>());
            }
            else
            {
                GradientNorm.Scale(_trained, scale);
                Adam.Step();
            }
            Parameters.Project();
        }
        Adam.ZeroGrad();
        Step = step;
        for (var feature = 0; feature < Idle.Length; feature++)
            Idle[feature] = loss.Fired[feature] > 0 ? 0 : Idle[feature] + x.size(0);
        if (_options.Kind == AutoencoderKind.Batchtopk && loss.L0 > 0 && schedule.LearnsThreshold(step))
        {
            LeastActive = LeastActive is { } before
                ? (_options.ThresholdDecay * before) + ((1 - _options.ThresholdDecay) * loss.LeastActive)
                : loss.LeastActive;
        }
        return (loss, norm);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Adam.Dispose();
        Parameters.Dispose();
    }
}
