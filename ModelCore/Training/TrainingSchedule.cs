using Sweeps.ModelCore.Model;

namespace Sweeps.ModelCore.Training;

/// <summary>
/// What changes from step to step of a training run: the fractions of nonzeros and the learning rate, by the formulas of the authors'
/// script (train.py) [G A.2]. Steps count from 1.
/// </summary>
public sealed class TrainingSchedule
{
    private readonly TrainingOptions _options;
    private readonly double _embeddingTarget;
    private readonly double _initial;
    private readonly int _start;
    private readonly int _stop;

    /// <param name="options">the run's options</param>
    public TrainingSchedule(TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _embeddingTarget = options.EmbeddingL0 ?? Math.Sqrt(options.L0);
        _initial = Math.Max(options.L0AnnealInitial, options.L0);
        // From the first step on: a power of 0 is none.
        _start = Math.Max(1, (int)Math.Floor(options.L0AnnealStart * options.Steps));
        _stop = (int)Math.Ceiling(options.L0AnnealFraction * options.Steps);
        WarmupSteps = (int)Math.Ceiling(options.WarmupFraction * options.Steps);
    }

    /// <summary>The last step of the warm-up; 0 when there is none.</summary>
    public int WarmupSteps { get; }

    /// <summary>
    /// The fraction of nonzeros of the matrices after step <paramref name="step"/>: from the initial one by the chosen path to the target,
    /// then the target.
    /// </summary>
    public double L0(int step)
    {
        if (step >= _stop) return _options.L0;
        if (step <= _start) return _initial;
        return _options.L0Anneal switch
        {
            L0Anneal.Linear => _initial + ((_options.L0 - _initial) * (step - _start) / (_stop - _start)),
            L0Anneal.Power => Between(Math.Log((double)step / _start) / Math.Log((double)_stop / _start)),
            L0Anneal.Exponential => Between((double)(step - _start) / (_stop - _start)),
            _ => throw new InvalidOperationException($"l0_anneal is {_options.L0Anneal}"),
        };

        double Between(double share) => _initial * Math.Pow(_options.L0 / _initial, share);
    }

    /// <summary>
    /// The fraction of nonzeros of parameters of a kind after step <paramref name="step"/>. That of embeddings goes from 1, where the
    /// matrices are dense, to its own target, where these are at theirs, linearly in the matrices' fraction. 1 for what is not sparsified.
    /// </summary>
    public double L0(int step, ParameterKind kind)
    {
        var l0 = L0(step);
        var left = _options.L0 < 1 ? (l0 - _options.L0) / (1 - _options.L0) : 0; // of the way to the target
        var embeddings = _embeddingTarget + ((1 - _embeddingTarget) * left);
        return kind switch
        {
            ParameterKind.Matrix or ParameterKind.OutputProjection => l0,
            ParameterKind.Embedding => embeddings,
            ParameterKind.PositionEmbedding => _options.SparsePositions ? embeddings : 1,
            ParameterKind.Bias => _options.SparseBiases ? l0 : 1,
            _ => 1,
        };
    }

    /// <summary>
    /// The learning rate of step <paramref name="step"/>: a linear rise to the peak at the end of the warm-up, then a linear fall that
    /// would reach 0 one step after the last; times the factor that belongs to the fraction which this step ends at.
    /// </summary>
    public double LearningRate(int step)
    {
        var shape = step <= WarmupSteps ? (double)step / WarmupSteps : (_options.Steps + 1.0 - step) / (_options.Steps - WarmupSteps);
        var factor = _options.L0LrScale switch
        {
            L0LrScale.Target => Math.Sqrt(_options.L0 / L0(step)),
            L0LrScale.Dense => Math.Sqrt(1 / L0(step)),
            _ => 1,
        };
        return _options.PeakLr * shape * factor;
    }
}
