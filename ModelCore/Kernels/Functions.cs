using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.ModelCore.Kernels.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Kernels;

/// <summary>
/// The operators that models are made of. Those that have a kernel take it for float32 on the CPU; everywhere else they are compositions of
/// TorchSharp's. They carry lower-case names, as those in torch.nn.functional do.
/// </summary>
internal static class Functions
{
    /// <summary>
    /// Below this density a product by entries is faster than a dense one; measured for widths from 256 to 2,048. It decides about
    /// rounding, so it depends on the values alone, never on the machine.
    /// </summary>
    internal const double DenseFrom = 0.2;

    private const int KernelHeadWidth = 16;

    /// <summary>
    /// Whether operations that have a kernel use it; default true. Switched off, everything is the plain composition of libtorch's
    /// operators that runs on other devices: the reference of tests and benchmarks. One switch for the process, not to be changed while
    /// others compute.
    /// </summary>
    public static bool enabled { get; set; } = true;

    /// <summary>Vector instructions that the kernels use: default, avx2 or avx512.</summary>
    /// <exception cref="NotSupportedException">
    /// the environment variable SWEEPS_CPU_CAPABILITY asks for instructions that there are not
    /// </exception>
    internal static string Capability => System.Runtime.InteropServices.Marshal.PtrToStringUTF8(NativeMethods.sw_kernel_capability())
        ?? throw new NotSupportedException(System.Runtime.InteropServices.Marshal.PtrToStringUTF8(NativeMethods.sw_last_error()));

    /// <summary>
    /// x Wᵀ + b for a frozen sparse weight: gradients flow to x only. Absent entries take no part, so that an infinity or NaN in x reaches
    /// only the outputs with an entry for it, where a dense product would give NaN everywhere. Results do not depend on threads or on how x
    /// is cut into parts.
    /// </summary>
    /// <param name="input">(..., in), Float32 on the CPU</param>
    /// <param name="weight">(out, in)</param>
    /// <param name="bias">(out), or none; frozen too</param>
    /// <returns>(..., out)</returns>
    public static Tensor sparse_linear(Tensor input, SparseWeight weight, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return SparseLinearFunction.Of(input, weight, bias);
    }

    /// <summary>
    /// x Wᵀ + b of a weight most of whose entries may be 0: by its entries where these are few and neither weight nor bias wants a
    /// gradient, else a dense product. Which is used is a function of the values alone, and shows in the last bits only.
    /// </summary>
    /// <param name="input">(..., in)</param>
    /// <param name="weight">(out, in)</param>
    /// <param name="bias">(out)</param>
    /// <param name="choice">by entries where they are few, always, or never</param>
    /// <param name="by_entries">whether W was multiplied by its entries</param>
    /// <returns>(..., out)</returns>
    internal static Tensor linear(Tensor input, Tensor weight, Tensor bias, KernelChoice choice, out bool by_entries)
    {
        by_entries = false;
        var trains = is_grad_enabled() && (weight.requires_grad || bias.requires_grad);
        if (choice != KernelChoice.Dense && !trains && HasKernel(input, weight, bias))
        {
            var most = choice == KernelChoice.Sparse ? int.MaxValue : (long)(DenseFrom * weight.numel());
            if (SparseWeight.Where(weight, most) is { } entries)
            {
                by_entries = true;
                if (is_grad_enabled() && input.requires_grad) return SparseLinearFunction.Of(input, entries, bias);
                using (entries) return entries.Multiply(input, bias);
            }
        }
        return torch.nn.functional.linear(input, weight, bias);
    }

    /// <summary>Rows of the weight at the given positions.</summary>
    /// <param name="input">positions, Int64, any shape S</param>
    /// <param name="weight">(n, d)</param>
    /// <returns>(S, d)</returns>
    public static Tensor embedding(Tensor input, Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        using var flat = input.reshape(-1);
        if (HasKernel(weight) && !Records(weight))
        {
            using var positions = flat.contiguous();
            using var found = RawKernels.Embedding(weight, positions);
            return found.view([.. input.shape, weight.size(1)]);
        }
        using var rows = weight.index_select(0, flat);
        return rows.view([.. input.shape, weight.size(1)]);
    }

    /// <summary>Adds to a tensor, in place, the rows of the weight at the given positions.</summary>
    /// <param name="self">(S, d)</param>
    /// <param name="input">positions, Int64, of shape S</param>
    /// <param name="weight">(n, d)</param>
    /// <returns>the tensor</returns>
    public static Tensor add_embedding_(Tensor self, Tensor input, Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(self);
        var fits = self.is_contiguous() && self.size(-1) == weight.size(1) && self.numel() == input.numel() * weight.size(1);
        if (fits && HasKernel(self, weight) && !Records(self, weight))
        {
            using var flat = input.reshape(-1);
            using var positions = flat.contiguous();
            RawKernels.AddEmbedding(self, weight, positions);
            return self;
        }
        using var rows = embedding(input, weight);
        return self.add_(rows);
    }

    /// <summary>x Φ(x), the exact form by the error function.</summary>
    public static Tensor gelu(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return HasKernel(input) ? GeluFunction.Of(input) : input.gelu();
    }

    /// <summary>x / √(mean x² + eps) · gain along the last dimension.</summary>
    /// <param name="input">(..., d)</param>
    /// <param name="weight">the gain, (d)</param>
    /// <param name="eps">keeps a row of zeros finite</param>
    /// <returns>(..., d)</returns>
    public static Tensor rms_norm(Tensor input, Tensor weight, double eps)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.shape is not [var d] || input.size(-1) != d)
        {
            throw new ArgumentException(
                $"rms_norm: expected a gain as long as the last dimension, found {weight.Describe()} for {input.Describe()}", nameof(
                    weight));
        }
        if (HasKernel(input, weight)) return RmsNormFunction.Of(input, weight, eps);
        using var scope = torch.NewDisposeScope();
        var inverseRms = input.square().mean([-1], keepdim: true).add_(eps).rsqrt();
        return (input * inverseRms * weight).MoveToOuterDisposeScope();
    }

    /// <summary>The mean cross-entropy in nats of logits.</summary>
    /// <param name="input">logits, (n, classes)</param>
    /// <param name="target">classes, Int64, (n)</param>
    /// <param name="ignore_index">targets of this value count for nothing</param>
    public static Tensor cross_entropy(Tensor input, Tensor target, long ignore_index = -100) =>
        torch.nn.functional.cross_entropy(input, target, ignore_index: ignore_index);

    /// <summary>Keeps the k entries largest in magnitude along the last dimension, zeroes the rest [G A.1].</summary>
    /// <param name="input">(..., d)</param>
    /// <param name="k">
    /// 1..d; NaN is larger than all. Among equal magnitudes the kernel takes those with the lowest index, the plain composition some that
    /// are the same at every call
    /// </param>
    /// <returns>(..., d); gradients flow through the kept entries only</returns>
    /// <exception cref="ArgumentOutOfRangeException">k is outside 1..d</exception>
    public static Tensor abs_topk(Tensor input, int k)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, input.size(-1));
        if (k == input.size(-1)) return input.alias();
        if (HasKernel(input)) return AbsTopKFunction.Of(input, null, k);
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
        ArgumentNullException.ThrowIfNull(self);
        if (HasKernel(self, input) && k >= 1 && k < input.size(-1) && self.shape.SequenceEqual(input.shape))
            return AbsTopKFunction.Of(input, self, k);
        using var kept = abs_topk(input, k);
        return self.add(kept);
    }

    /// <summary>
    /// Causal attention of several heads, softmax(q kᵀ / √d_head) v, with an optional sink: one more key, with a logit of its own and a
    /// value of zero, that takes weight and gives nothing [G A.1].
    /// </summary>
    /// <param name="query">(B, T, d); or (B, 1, d), one query per sequence, with its <paramref name="positions"/></param>
    /// <param name="key">(B, T, d), the heads side by side in d</param>
    /// <param name="value">(B, T, d)</param>
    /// <param name="n_head">heads; d is a multiple of it</param>
    /// <param name="sink_logit">(n_head), or none</param>
    /// <param name="positions">Int64 (B), each sequence's position of its query, or none for queries at all positions</param>
    /// <returns>(B, T, d) or (B, 1, d)</returns>
    /// <remarks>A kernel where d_head is 16, in float32 on the CPU; elsewhere a composition of products and a softmax.</remarks>
    public static Tensor causal_attention(
        Tensor query, Tensor key, Tensor value, int n_head, Tensor? sink_logit = null, Tensor? positions = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        long[] keys = key.shape, queries = query.shape;
        if (keys is not [var b, var t, var d] || n_head < 1 || d % n_head != 0 || !value.shape.SequenceEqual(keys)
            || !queries.SequenceEqual([b, positions is null ? t : 1, d])
                || (sink_logit is not null && !sink_logit.shape.SequenceEqual([n_head]))
            || (positions is not null && !positions.shape.SequenceEqual([b])))
        {
            throw new ArgumentException(
                $"causal_attention: shapes {query.Describe()}, {key.Describe()}, {value.Describe()}, "
                    + $"{sink_logit?.Describe() ?? "no sink"}, " +
                $"{positions?.Describe() ?? "no positions"} do not fit {n_head} heads: expected (B, T, d) for all three (with positions "
                    + $"(B), " +
                "one query per sequence), sink (heads)");
        }
        if (d == n_head * KernelHeadWidth && HasKernel(query, key, value) && (sink_logit is null || HasKernel(sink_logit)))
            return AttentionFunction.Of(query, key, value, n_head, sink_logit, positions);
        return AttentionOfProducts(query, key, value, n_head, sink_logit, positions);
    }

    /// <summary>
    /// 1 where τ &gt; 0, else 0; its gradient is that of sigmoid(τ / temperature) [G 2.2].
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">the temperature is not positive</exception>
    public static Tensor heaviside_sigmoid(Tensor tau, double temperature)
    {
        ArgumentNullException.ThrowIfNull(tau);
        if (!(temperature > 0)) throw new ArgumentOutOfRangeException(nameof(temperature), temperature, "expected a positive number");
        return HeavisideSigmoid.apply(tau, temperature);
    }

    // Kernels are for float32 on the CPU.
    private static bool HasKernel(params ReadOnlySpan<Tensor> tensors)
    {
        if (!enabled) return false;
        foreach (var tensor in tensors)
            if (tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU || tensor.numel() == 0) return false;
        return true;
    }

    private static bool Records(params ReadOnlySpan<Tensor> tensors)
    {
        if (!is_grad_enabled()) return false;
        foreach (var tensor in tensors)
            if (tensor.requires_grad) return true;
        return false;
    }

    private static Tensor AttentionOfProducts(Tensor query, Tensor key, Tensor value, int n_head, Tensor? sink_logit, Tensor? positions)
    {
        using var scope = torch.NewDisposeScope();
        long b = key.size(0), t = key.size(1), d = key.size(2), tq = query.size(1), dHead = d / n_head;
        if (sink_logit is null && positions is null)
        {
            // (B, H, T, dHead)
            var heads = torch.nn.functional.scaled_dot_product_attention(Split(query), Split(key), Split(value), is_casual: true);
            return heads.transpose(1, 2).reshape(b, tq, d).MoveToOuterDisposeScope();
        }
        var causal = torch.full([t, t], double.NegativeInfinity, query.dtype, query.device).triu(1); // (T, T)
        var mask = positions is null
            ? causal.expand(b * n_head, t, t)
            : causal.index_select(0, positions).view(b, 1, 1, t).expand(b, n_head, 1, t).reshape(b * n_head, 1, t);
        // The mask goes in as the addend of the product: no pass over the scores of its own.
        var scores = AddedProduct(mask, Heads(query), Heads(key).transpose(1, 2), 1 / MathF.Sqrt(dHead)); // (BH, Q, T)
        Tensor weights;
        if (sink_logit is null)
        {
            weights = scores.softmax(-1);
        }
        else
        {
            var sink = sink_logit.view(1, n_head, 1, 1).expand(b, n_head, tq, 1).reshape(b * n_head, tq, 1);
            weights = torch.cat([scores, sink], -1).softmax(-1).narrow(-1, 0, t);
        }
        return weights.bmm(Heads(value)).view(b, n_head, tq, dHead).transpose(1, 2).reshape(b, tq, d).MoveToOuterDisposeScope();

        // (B, T, d) → (B, H, T, dHead)
        Tensor Split(Tensor x) => x.reshape(b, t, n_head, dHead).transpose(1, 2);

        // (B, T, d) → (BH, T, dHead)
        Tensor Heads(Tensor x) => x.reshape(b, -1, n_head, dHead).transpose(1, 2).reshape(b * n_head, -1, dHead);
    }

    // addend + scale · a b. TorchSharp 0.107 hands the arguments of baddbmm on in another order than it names them: the addend comes last.
    private static Tensor AddedProduct(Tensor addend, Tensor a, Tensor b, float scale) => a.baddbmm(b, addend, 1, scale);

    // 1 at the kept entries, 0 elsewhere.
    private static Tensor Kept(Tensor input, int k)
    {
        using var _ = torch.no_grad();
        using var magnitude = input.abs();
        var (values, indices) = magnitude.topk(k, sorted: false);
        using (values)
        using (indices)
        {
            return torch.zeros_like(input).ScatterValue(-1, indices, 1);
        }
    }
}
