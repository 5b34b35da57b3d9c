using Sweeps.ModelCore.Torch.Interop;

namespace Sweeps.ModelCore.Torch;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>What the projection leaves of one parameter.</summary>
        /// <param name="Kept">entries that may stay nonzero, at least as many as the floor protects; the largest in magnitude, of equal ones those with the lowest index</param>
        /// <param name="FloorAxis">the axis along which units lie that keep entries of their own (0 rows, 1 columns), or null</param>
        /// <param name="Floor">the number of these entries per unit</param>
        internal readonly record struct L0Target(long Kept, int? FloorAxis, int Floor);

        // The step as kernels: one pass over the weights, gradients and moments.
        public sealed partial class AdamW
        {
            /// <summary>Whether <see cref="fused_step"/> can be used: all parameters are contiguous, float32 and on the CPU.</summary>
            internal bool can_fuse => Parameters().All(p => p.dtype == ScalarType.Float32 && p.device == Device.CPU && p.is_contiguous());

            /// <summary>The Euclidean norm of the gradients of all parameters, summed in double precision.</summary>
            internal double gradient_norm()
            {
                using var handles = new Handles([.. Parameters()]);
                Errors.Check(Native.sw_gradient_sum_squares(handles.Span, handles.Span.Length, out var sum));
                return Math.Sqrt(sum);
            }

            /// <summary>
            /// <see cref="step"/> with gradients times <paramref name="gradient_scale"/>, which themselves stay as they are, and of the parameters in
            /// <paramref name="targets"/> all but the largest entries set to 0, whether or not they have a gradient. The results do not depend on the number of threads.
            /// </summary>
            /// <returns>the nonzeros of the parameters in <paramref name="targets"/></returns>
            internal long fused_step(double gradient_scale, IReadOnlyDictionary<string, L0Target> targets)
            {
                var all = param_groups.SelectMany(group => group.Parameters.Select(p => (Group: group, State: _state[p.Name], p.Name, p.Parameter))).ToList();
                foreach (var group in param_groups) group.Validate();
                using var handles = new Handles([.. all.SelectMany(p => new[] { p.Parameter, p.State.Mean, p.State.Square })]);
                var moved = all.Select(p => HasGradient(p.Parameter)).ToList();
                var list = new Native.AdamWParameter[all.Count];
                for (var i = 0; i < list.Length; i++)
                {
                    var (group, state, name, _) = all[i];
                    var target = targets.TryGetValue(name, out var found) ? found : new L0Target(-1, null, 0);
                    list[i] = new Native.AdamWParameter
                    {
                        Parameter = handles.Span[3 * i],
                        Mean = handles.Span[(3 * i) + 1],
                        Square = handles.Span[(3 * i) + 2],
                        Step = state.Steps + 1,
                        Lr = group.lr,
                        Beta1 = group.beta1,
                        Beta2 = group.beta2,
                        Eps = group.eps,
                        WeightDecay = group.weight_decay,
                        Kept = target.Kept,
                        FloorAxis = target.FloorAxis ?? -1,
                        Floor = target.Floor,
                        Hint = state.Hint,
                    };
                }
                Errors.Check(Native.sw_adamw_step(list, list.Length, gradient_scale, out var nonzeros));
                for (var i = 0; i < list.Length; i++)
                {
                    all[i].State.Hint = list[i].Hint;
                    if (moved[i]) all[i].State.Steps++;
                }
                return nonzeros;
            }

            private IEnumerable<Tensor> Parameters() => param_groups.SelectMany(group => group.Parameters).Select(p => p.Parameter);

            private static bool HasGradient(Tensor parameter)
            {
                using var gradient = parameter.grad;
                return gradient is not null;
            }
        }
    }
}
