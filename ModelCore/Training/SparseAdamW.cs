using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Model;
using TorchSharp;

namespace Sweeps.ModelCore.Training;

/// <summary>
/// The optimiser of weight-sparse training [G A.2]: clipping by the gradient's RMS, AdamW, projection onto the largest weights. On the CPU one kernel does all three; elsewhere,
/// and with the kernels switched off, they are libtorch's operators. The two agree but for rounding, and so but for ties between weights.
/// </summary>
internal sealed class SparseAdamW : IDisposable
{
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly TrainingOptions _options;
    private readonly double _rootOfEntries;
    private readonly bool _fused;
    private double _gradientScale = 1;
    private long? _nonzeros;

    /// <param name="parameters">leaves that require gradients; they stay the caller's</param>
    /// <param name="options">coefficients, the bound of the gradient's RMS and the floor</param>
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

    /// <summary>Bounds the RMS of the gradient over all parameters jointly for the next <see cref="Step"/>.</summary>
    /// <returns>the RMS before; where it is not finite, nothing is bounded</returns>
    public double ClipGradient()
    {
        var bound = _options.ClipRms * _rootOfEntries; // RMS = norm / √n
        if (!_fused) return GradientNorm.Clip(_parameters.Select(p => p.Value), bound) / _rootOfEntries;
        var norm = Adam.GradientNorm();
        _gradientScale = double.IsFinite(norm) ? Math.Min(1, bound / (norm + 1e-6)) : 1; // as GradientNorm.Clip
        return norm / _rootOfEntries;
    }

    /// <summary>One step with the clipped gradients, which are forgotten then, and the projection.</summary>
    /// <param name="lr">learning rate</param>
    /// <param name="density">fraction of the entries of each sparse parameter that stays; 1 or more for all</param>
    public void Step(double lr, double density)
    {
        Adam.Lr = lr;
        var sparse = _parameters.Where(p => p.Spec.IsSparse);
        if (_fused)
        {
            _nonzeros = Adam.FusedStep(_gradientScale, sparse.ToDictionary(p => p.Name, p => Target(p.Spec, density), StringComparer.Ordinal));
            _gradientScale = 1;
        }
        else
        {
            Adam.Step();
            if (density < 1)
                foreach (var (spec, value) in sparse) WeightProjection.Apply(value, density, spec.FloorAxis, _options.MinNonzerosPerUnit);
        }
        Adam.ZeroGrad();
    }

    /// <summary>Nonzeros of the parameters that L0 counts.</summary>
    public long Nonzeros()
    {
        if (_nonzeros is { } known) return known;
        using var scope = torch.NewDisposeScope();
        return _parameters.Where(p => p.Spec.IsSparse).Sum(p => p.Value.count_nonzero().ToInt64());
    }

    /// <summary>Frees the moments.</summary>
    public void Dispose() => Adam.Dispose();

    private L0Target Target(ParameterSpec spec, double density) => new(
        WeightProjection.TargetNonzeros(spec.Shape, Math.Min(1, density), spec.FloorAxis, _options.MinNonzerosPerUnit), spec.FloorAxis, _options.MinNonzerosPerUnit);
}
