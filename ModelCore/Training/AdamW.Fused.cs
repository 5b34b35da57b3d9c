using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Kernels.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Training;

/// <summary>What the projection leaves of one parameter.</summary>
/// <param name="Kept">
/// entries that may stay nonzero, at least as many as the floor protects; the largest in magnitude, of equal ones those with the lowest
/// index
/// </param>
/// <param name="FloorAxis">the axis along which units lie that keep entries of their own (0 rows, 1 columns), or null</param>
/// <param name="Floor">the number of these entries per unit</param>
internal readonly record struct L0Target(long Kept, int? FloorAxis, int Floor);

// The step as kernels: one pass over the weights, gradients and moments.
internal sealed unsafe partial class AdamW
{
    /// <summary>Whether <see cref="FusedStep"/> can be used: all parameters are contiguous, float32 and on the CPU.</summary>
    internal bool CanFuse => Parameters().All(p => p.dtype == ScalarType.Float32 && p.device_type == DeviceType.CPU && p.is_contiguous());

    /// <summary>The Euclidean norm of the gradients of all parameters, summed in double precision.</summary>
    internal double GradientNorm()
    {
        using var arguments = new Arguments(this, new Dictionary<string, L0Target>());
        double sum;
        fixed (NativeAdamWParameter* list = arguments.List)
            Status.Check(NativeMethods.sw_gradient_sum_squares(list, arguments.List.Length, &sum));
        return Math.Sqrt(sum);
    }

    /// <summary>
    /// <see cref="Step"/> with gradients times <paramref name="gradientScale"/>, which themselves stay as they are, and of the parameters
    /// in
    /// <paramref name="targets"/> all but the largest entries set to 0, whether or not they have a gradient. The results do not depend on
    /// the number of threads.
    /// </summary>
    internal void FusedStep(double gradientScale, IReadOnlyDictionary<string, L0Target> targets)
    {
        foreach (var group in ParamGroups) group.Validate();
        using var arguments = new Arguments(this, targets);
        long nonzeros;
        fixed (NativeAdamWParameter* list = arguments.List)
            Status.Check(NativeMethods.sw_adamw_step(list, arguments.List.Length, gradientScale, &nonzeros));
        arguments.Finish();
    }

    private IEnumerable<Tensor> Parameters() => ParamGroups.SelectMany(group => group.Parameters).Select(p => p.Parameter);

    /// <summary>All parameters as the native functions take them, with their gradients while it lives.</summary>
    private sealed class Arguments : IDisposable
    {
        private readonly List<State> _states = [];
        private readonly List<Tensor?> _gradients = [];

        internal Arguments(AdamW adam, IReadOnlyDictionary<string, L0Target> targets)
        {
            var list = new List<NativeAdamWParameter>();
            foreach (var group in adam.ParamGroups)
            {
                foreach (var (name, parameter) in group.Parameters)
                {
                    var state = adam._state[name];
                    using var grad = parameter.grad;
                    var gradient = grad?.contiguous();
                    if (gradient is not null && gradient.numel() != parameter.numel())
                        throw new ArgumentException($"{name} has a gradient of another shape");
                    var target = targets.TryGetValue(name, out var found) ? found : new L0Target(-1, null, 0);
                    var isMatrix = parameter.dim() == 2;
                    _states.Add(state);
                    _gradients.Add(gradient);
                    list.Add(new NativeAdamWParameter
                    {
                        Parameter = Pointers.Floats(parameter),
                        Mean = Pointers.Floats(state.Mean),
                        Square = Pointers.Floats(state.Square),
                        Gradient = Pointers.Floats(gradient),
                        Rows = isMatrix ? parameter.size(0) : 1,
                        Cols = isMatrix ? parameter.size(1) : parameter.numel(),
                        Step = state.Steps + 1,
                        Lr = group.Lr,
                        Beta1 = group.Beta1,
                        Beta2 = group.Beta2,
                        Eps = group.Eps,
                        WeightDecay = group.WeightDecay,
                        Kept = target.Kept,
                        FloorAxis = target.FloorAxis ?? -1,
                        Floor = target.Floor,
                        Hint = state.Hint,
                    });
                }
            }
            List = [.. list];
        }

        internal NativeAdamWParameter[] List { get; }

        /// <summary>Counts the step of those that had a gradient.</summary>
        internal void Finish()
        {
            for (var i = 0; i < List.Length; i++)
            {
                _states[i].Hint = List[i].Hint;
                if (_gradients[i] is not null) _states[i].Steps++;
            }
        }

        public void Dispose()
        {
            foreach (var gradient in _gradients) gradient?.Dispose();
        }
    }
}
