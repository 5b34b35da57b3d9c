namespace Sweeps.ModelCore.Autoencoders;

/// <summary>What changes from step to step of a training; steps are counted from 1.</summary>
internal sealed class AutoencoderSchedule(AutoencoderOptions options)
{
    private readonly int _steps = options.Steps;

    /// <summary>The learning rate: it rises over the warm-up, and falls to 0 at the end.</summary>
    internal double LearningRate(int step)
    {
        var rise = Rise(step, options.WarmupFraction);
        var fall = options.DecayFraction == 0 ? 1 : Math.Min(1, (_steps - step + 1) / (options.DecayFraction * _steps));
        return options.Lr * rise * fall;
    }

    /// <summary>By what the weight of L1 or L0 is multiplied.</summary>
    internal double Sparsity(int step) => Rise(step, options.SparsityWarmupFraction);

    /// <summary>Whether batchtopk's threshold is learned at this step.</summary>
    internal bool LearnsThreshold(int step) => step > options.ThresholdStart * _steps;

    /// <summary>Whether dead features are resampled after this step.</summary>
    internal bool Resamples(int step) =>
        step < _steps && options.ResampleAt.Any(at => step == Math.Max(1, (int)Math.Floor(at * _steps)));

    private double Rise(int step, double fraction) => fraction == 0 ? 1 : Math.Min(1, step / (fraction * _steps));
}
