using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

public static partial class torch
{
    /// <summary>PyTorch's torch.nn, the functions only.</summary>
    public static partial class nn
    {
        /// <summary>How a loss over many elements becomes one number.</summary>
        public enum Reduction
        {
            /// <summary>not at all: one loss per element</summary>
            None = 0,

            /// <summary>their mean</summary>
            Mean = 1,

            /// <summary>their sum</summary>
            Sum = 2,
        }

        /// <summary>PyTorch's torch.nn.functional.</summary>
        public static partial class functional
        {
            /// <summary>x Wᵀ + b.</summary>
            /// <param name="input">(..., in)</param>
            /// <param name="weight">(out, in)</param>
            /// <param name="bias">(out), or none</param>
            /// <returns>(..., out)</returns>
            public static Tensor linear(Tensor input, Tensor weight, Tensor? bias = null)
            {
                using var b = new OptionalHandle(bias);
                return Result(Native.sw_linear(input, weight, b.Value), input, weight, bias);
            }

            /// <summary>
            /// x Wᵀ + b for a frozen sparse weight: gradients flow to x only. Absent entries take no part, so that an infinity or NaN in x reaches only the outputs with an
            /// entry for it, where a dense product would give NaN everywhere. Results do not depend on threads or on how x is cut into parts.
            /// </summary>
            /// <param name="input">(..., in), Float32 on the CPU</param>
            /// <param name="weight">(out, in)</param>
            /// <param name="bias">(out), or none; frozen too</param>
            /// <returns>(..., out)</returns>
            /// <exception cref="TorchException">shapes do not fit, or a tensor is of another kind</exception>
            public static Tensor sparse_linear(Tensor input, SparseWeight weight, Tensor? bias = null)
            {
                using var b = new OptionalHandle(bias);
                return Result(Native.sw_sparse_linear(input, weight, b.Value), input, bias);
            }

            /// <summary>Rows of the weight at the given positions.</summary>
            /// <param name="input">positions, Int64 or Int32, any shape S</param>
            /// <param name="weight">(n, d)</param>
            /// <returns>(S, d)</returns>
            public static Tensor embedding(Tensor input, Tensor weight) =>
                Result(HasKernel(weight) && IsPositions(input) ? Native.sw_fused_embedding(weight, input) : Native.sw_embedding(weight, input), input, weight);

            /// <summary>Adds to a tensor, in place, the rows of the weight at the given positions.</summary>
            /// <param name="self">(S, d)</param>
            /// <param name="input">positions, Int64 or Int32, of shape S</param>
            /// <param name="weight">(n, d)</param>
            /// <returns>the tensor</returns>
            public static Tensor add_embedding_(Tensor self, Tensor input, Tensor weight)
            {
                if (!HasKernel(self, weight) || !IsPositions(input)) return self.add_(embedding(input, weight));
                Check(Native.sw_add_embedding_(self, weight, input));
                return self;
            }

            /// <summary>x Φ(x), the exact form by the error function.</summary>
            public static Tensor gelu(Tensor input) => HasKernel(input) ? Result(Native.sw_fused_gelu(input), input) : input.gelu();

            /// <summary>x / √(mean x² + eps) · gain along the last dimension.</summary>
            /// <param name="input">(..., d)</param>
            /// <param name="weight">the gain, (d)</param>
            /// <param name="eps">keeps a row of zeros finite</param>
            /// <returns>(..., d)</returns>
            public static Tensor rms_norm(Tensor input, Tensor weight, double eps)
            {
                if (weight.shape is not [var d] || input.size(-1) != d)
                    throw new ArgumentException($"rms_norm: expected a gain as long as the last dimension, found {weight.Describe()} for {input.Describe()}");
                if (HasKernel(input, weight)) return Result(Native.sw_rms_norm(input, weight, eps), input, weight);
                using var scope = NewDisposeScope();
                var inverseRms = input.square().mean(-1, keepdim: true).add_(eps).rsqrt();
                return scope.Keep(input * inverseRms * weight);
            }

            /// <summary>The same beside its input, for a residual connection: the gradients of both are made at once.</summary>
            /// <param name="input">(..., d)</param>
            /// <param name="weight">the gain, (d)</param>
            /// <param name="eps">keeps a row of zeros finite</param>
            /// <param name="residual">the input</param>
            /// <returns>(..., d)</returns>
            public static Tensor rms_norm(Tensor input, Tensor weight, double eps, out Tensor residual)
            {
                if (!HasKernel(input, weight) || weight.dim() != 1 || input.size(-1) != weight.size(0))
                {
                    residual = input.alias();
                    return rms_norm(input, weight, eps);
                }
                var norm = Result(Native.sw_rms_norm_beside(input, weight, eps, out var handle), input, weight);
                residual = new Tensor(handle);
                return norm;
            }

            // Kernels are for float32 on the CPU.
            private static bool HasKernel(params ReadOnlySpan<Tensor> tensors)
            {
                if (!backends.kernels.enabled) return false;
                foreach (var tensor in tensors)
                    if (tensor.dtype != ScalarType.Float32 || tensor.device.type != DeviceType.CPU || tensor.numel() == 0) return false;
                return true;
            }

            private static bool IsPositions(Tensor input) => input.dtype == ScalarType.Int64 && input.device.type == DeviceType.CPU;

            public static Tensor relu(Tensor input) => input.relu();

            public static Tensor sigmoid(Tensor input) => input.sigmoid();

            /// <summary>log of the sigmoid, exact for large negative values too.</summary>
            public static Tensor logsigmoid(Tensor input) => Result(Native.sw_log_sigmoid(input), input);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) => input.log_softmax(dim, dtype);

            public static Tensor one_hot(Tensor input, long num_classes = -1) => Result(Native.sw_one_hot(input, num_classes), input);

            /// <summary>Cross-entropy in nats of logits.</summary>
            /// <param name="input">logits, (n, classes) or (n, classes, ...)</param>
            /// <param name="target">classes, Int64, (n) or (n, ...)</param>
            /// <param name="weight">(classes), or none</param>
            /// <param name="ignore_index">targets of this value count for nothing</param>
            /// <param name="reduction">one number or one per target</param>
            /// <param name="label_smoothing">share of the target that is spread over all classes</param>
            public static Tensor cross_entropy(
                Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean,
                double label_smoothing = 0)
            {
                if (weight is null && reduction == Reduction.Mean && label_smoothing == 0 && target.dtype == ScalarType.Int64 && input.dim() == 2 && HasKernel(input))
                    return Result(Native.sw_fused_cross_entropy(input, target, ignore_index), input, target);
                using var w = new OptionalHandle(weight);
                return Result(
                    Native.sw_cross_entropy(input, target, w.Value, (int)reduction, ignore_index, label_smoothing), input, target, weight);
            }

            /// <summary>Minus the log-probability of the target; <paramref name="input"/> holds log-probabilities.</summary>
            public static Tensor nll_loss(
                Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean)
            {
                using var w = new OptionalHandle(weight);
                return Result(Native.sw_nll_loss(input, target, w.Value, (int)reduction, ignore_index), input, target, weight);
            }

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
                => Result(Native.sw_mse_loss(input, target, (int)reduction), input, target);

            /// <summary>Keeps the k entries largest in magnitude along the last dimension, zeroes the rest [G A.1].</summary>
            /// <param name="input">(..., d)</param>
            /// <param name="k">
            /// 1..d; NaN is larger than all. Among equal magnitudes the kernel takes those with the lowest index, the plain composition some that are the same at every call
            /// </param>
            /// <returns>(..., d); gradients flow through the kept entries only</returns>
            /// <exception cref="ArgumentOutOfRangeException">k is outside 1..d</exception>
            public static Tensor abs_topk(Tensor input, int k)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
                ArgumentOutOfRangeException.ThrowIfGreaterThan(k, input.size(-1));
                if (k == input.size(-1)) return input.alias();
                if (backends.kernels.enabled && input.dtype == ScalarType.Float32 && input.device.type == DeviceType.CPU)
                    return Result(Native.sw_abs_topk(input, k), input);
                using var mask = Kept(input, k);
                return input.mul(mask);
            }

            /// <summary>The sum of a tensor and <see cref="abs_topk"/> of another.</summary>
            /// <param name="self">(..., d)</param>
            /// <param name="input">(..., d)</param>
            /// <param name="k">as there</param>
            /// <returns>(..., d)</returns>
            /// <exception cref="ArgumentOutOfRangeException">k is outside 1..d</exception>
            public static Tensor add_abs_topk(Tensor self, Tensor input, int k)
            {
                if (HasKernel(self, input) && k >= 1 && k < input.size(-1)) return Result(Native.sw_add_abs_topk(self, input, k), self, input);
                using var kept = abs_topk(input, k);
                return self.add(kept);
            }

            // 1 at the kept entries, 0 elsewhere.
            private static Tensor Kept(Tensor input, int k)
            {
                using var _ = no_grad();
                using var magnitude = input.abs();
                var (values, indices) = magnitude.topk(k, sorted: false);
                using (values)
                using (indices)
                {
                    var mask = zeros_like(input);
                    return mask.scatter_(-1, indices, 1);
                }
            }

            /// <summary>
            /// 1 where τ &gt; 0, else 0; its gradient is that of sigmoid(τ / temperature) [G 2.2].
            /// </summary>
            /// <exception cref="ArgumentOutOfRangeException">the temperature is not positive</exception>
            public static Tensor heaviside_sigmoid(Tensor tau, double temperature)
            {
                if (!(temperature > 0)) throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "expected a positive number");
                return Result(Native.sw_heaviside_sigmoid(tau, temperature), tau);
            }
        }
    }
}
