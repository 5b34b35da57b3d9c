using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Model;

namespace Sweeps.ModelCore.Training;

/// <summary>
/// The optimiser of weight-sparse training [G A.2]: division of the gradient by its RMS, or clipping by it; AdamW; projection onto the
/// largest weights. On the CPU one kernel does all three; elsewhere, and with the kernels switched off, they are libtorch's operators. The
/// two agree but for rounding, and so but for ties between weights.
/// </summary>
internal sealed class SparseAdamW : IDisposable
{
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly TrainingOptions _options;
    private readonly double _rootOfEntries;
    private readonly bool _fused;
    private double _gradientScale = 1;

    /// <param name="parameters">leaves that require gradients; they stay the caller's</param>
    /// <param name="options">coefficients, what is done to the gradient, and the floor</param>
    public SparseAdamW(IReadOnlyList<Parameter> parameters, TrainingOptions options)
    {
        (_parameters, _options) = (parameters, options);
        _rootOfEntries = Math.Sqrt(parameters.Sum(p => p.Spec.NumberOfElements));
        Adam = new AdamW([Group(decayed: true), Group(decayed: false)]);
        _fused = Functions.enabled && Adam.CanFuse;

        ParamGroup Group(bool decayed) => new()
        {
            Parameters = [.. parameters.Where(p => p.Spec.IsDecayed == decayed).Select(p => (p.Name, p.Value))],
            Beta1 = options.Beta1,
            Beta2 = options.Beta2,
            Eps = options.Epsilon,
            WeightDecay = decayed ? options.WeightDecay : 0,
        };
    }

    /// <summary>Moments and step counts, for checkpoints.</summary>
    public AdamW Adam { get; }

    /// <summary>Divides the gradient by its RMS over all parameters jointly, or bounds that, for the next <see cref="Step"/>.</summary>
    /// <returns>the RMS before; where it is not finite, the gradient stays as it is</returns>
    public double ScaleGradient()
    {
        var norm = _fused ? Adam.GradientNorm() : GradientNorm.Of(_parameters.Select(p => p.Value));
        var rms = norm / _rootOfEntries;
        _gradientScale = !double.IsFinite(rms) ? 1
            : _options.GradientScale == GradientScale.Normalize ? 1 / (rms + _options.GradientRmsEps)
            : Math.Min(1, _options.ClipRms * _rootOfEntries / (norm + 1e-6)); // as PyTorch's: the small constant keeps the factor finite
        return rms;
    }

    /// <summary>One step with the scaled gradients, which are forgotten then, and the projection.</summary>
    /// <param name="lr">learning rate</param>
    /// <param name="density">the fraction of the entries of parameters of a kind that stays; 1 or more for all</param>
    public void Step(double lr, Func<ParameterKind, double> density)
    {
        Adam.Lr = lr;
        var sparse = _parameters.Select(p => (p.Name, p.Spec, p.Value, Density: density(p.Spec.Kind))).Where(p => p.Density < 1);
        if (_fused)
        {
            Adam.FusedStep(_gradientScale, sparse.ToDictionary(p => p.Name, p => Target(p.Spec, p.Density), StringComparer.Ordinal));
        }
        else
        {
            GradientNorm.Scale(_parameters.Select(p => p.Value), _gradientScale);
            Adam.Step();
            foreach (var (_, spec, value, fraction) in sparse)
                WeightProjection.Apply(value, fraction, spec.FloorAxis, _options.MinNonzerosPerUnit);
        }
        _gradientScale = 1;
        Adam.ZeroGrad();
    }

    public void Dispose() => Adam.Dispose();

    private L0Target Target(ParameterSpec spec, double density) => new(
        WeightProjection.TargetNonzeros(spec.Shape, density, spec.FloorAxis, _options.MinNonzerosPerUnit),
        spec.FloorAxis, _options.MinNonzerosPerUnit);
}
