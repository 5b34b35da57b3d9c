namespace Sweeps.ModelCore.Training;

/// <summary>What changes from step to step of a training run: the fraction of nonzeros and the learning rate [G A.2]. Steps count from 1.</summary>
/// <param name="options">the run's options</param>
public sealed class TrainingSchedule(TrainingOptions options)
{
    private readonly int _annealSteps = (int)Math.Ceiling(options.L0AnnealFraction * options.Steps);
    private readonly int _warmupSteps = (int)Math.Ceiling(options.WarmupFraction * options.Steps);

    /// <summary>The last step of the warm-up; 0 when there is none.</summary>
    public int WarmupSteps => _warmupSteps;

    /// <summary>The target fraction of nonzeros after step <paramref name="step"/>: linear from dense to the target, then the target.</summary>
    public double L0(int step) => step >= _annealSteps ? options.L0 : 1 - ((1 - options.L0) * step / _annealSteps);

    /// <summary>
    /// The learning rate of step <paramref name="step"/>: a linear rise to the peak at the end of the warm-up, then a linear fall that would reach 0 one step after
    /// the last; times 1/√L0 with the fraction that this step ends at, when the sharkfin is on.
    /// </summary>
    public double LearningRate(int step)
    {
        var shape = step <= _warmupSteps ? (double)step / _warmupSteps : (options.Steps + 1.0 - step) / (options.Steps - _warmupSteps);
        return options.PeakLr * shape * (options.SharkfinLr ? 1 / Math.Sqrt(L0(step)) : 1);
    }
}
