using Sweeps.ModelCore.Kernels.Interop;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Kernels;

/// <summary>
/// The kernels both ways, on contiguous float32 tensors on the CPU, without a graph: for passes that differentiate
/// themselves, and for the functions of <c>Autograd</c>, which put them into libtorch's graph.
/// </summary>
internal static unsafe class RawKernels
{
    /// <summary>onto + AbsTopK of x, and what it kept; rows of x may be a slice of the channels.</summary>
    internal static (Tensor Y, Tensor Kept) AbsTopK(Tensor x, Tensor? onto, int k)
    {
        long[] shape = x.shape;
        var kept = empty([x.numel() / shape[^1], NativeMethods.sw_kept_words(shape[^1])], ScalarType.Int16);
        return (AbsTopK(x, onto, k, kept), kept);
    }

    /// <summary>The same with a place for what it kept, or null where nobody asks.</summary>
    internal static Tensor AbsTopK(Tensor x, Tensor? onto, int k, Tensor? kept)
    {
        var (own, below) = (x, onto);
        var rows = Pointers.Rows(ref own);
        NativeRows under = default;
        if (below is not null) under = Pointers.Rows(ref below);
        var y = empty(x.shape);
        Status.Check(NativeMethods.sw_abs_topk(
            &rows, below is null ? null : &under, k, Pointers.Floats(y), kept is null ? null : Pointers.Words(kept)));
        if (!ReferenceEquals(own, x)) own.Dispose();
        if (!ReferenceEquals(below, onto)) below!.Dispose();
        GC.KeepAlive(x);
        GC.KeepAlive(onto);
        return y;
    }

    internal static Tensor AbsTopKBackward(Tensor dy, Tensor kept)
    {
        var own = dy;
        var rows = Pointers.Rows(ref own);
        var dx = empty(dy.shape);
        Status.Check(NativeMethods.sw_abs_topk_backward(&rows, Pointers.Words(kept), Pointers.Floats(dx)));
        if (!ReferenceEquals(own, dy)) own.Dispose();
        GC.KeepAlive(dy);
        return dx;
    }

    /// <summary>x / √(mean x² + eps) · gain of rows, and the inverse roots.</summary>
    internal static (Tensor Y, Tensor InverseRms) RmsNorm(Tensor x, Tensor gain, double eps)
    {
        long d = gain.numel(), n = x.numel() / d;
        Tensor y = empty(x.shape), inverse = empty(n);
        Status.Check(NativeMethods.sw_rms_norm(
            Pointers.Floats(x), Pointers.Floats(gain), n, d, eps, Pointers.Floats(y), Pointers.Floats(inverse)));
        return (y, inverse);
    }

    internal static Tensor InverseRms(Tensor x, Tensor gain, double eps)
    {
        var (y, inverse) = RmsNorm(x, gain, eps);
        y.Dispose();
        return inverse;
    }

    /// <summary>The gradients by x, with <paramref name="beside"/> added, and by the gain.</summary>
    internal static (Tensor Dx, Tensor Dgain) RmsNormBackward(Tensor x, Tensor gain, Tensor inverseRms, Tensor dy, Tensor? beside)
    {
        long d = gain.numel(), n = x.numel() / d;
        Tensor dx = empty(x.shape), dgain = empty(d);
        Status.Check(NativeMethods.sw_rms_norm_backward(
            Pointers.Floats(x), Pointers.Floats(gain), Pointers.Floats(inverseRms), Pointers.Floats(dy), Pointers.Floats(beside), n, d,
            Pointers.Floats(dx), Pointers.Floats(dgain)));
        return (dx, dgain);
    }

    internal static Tensor Gelu(Tensor x)
    {
        var y = empty(x.shape);
        Status.Check(NativeMethods.sw_gelu(Pointers.Floats(x), x.numel(), Pointers.Floats(y)));
        return y;
    }

    internal static Tensor GeluBackward(Tensor x, Tensor dy)
    {
        var dx = empty(x.shape);
        Status.Check(NativeMethods.sw_gelu_backward(Pointers.Floats(x), Pointers.Floats(dy), x.numel(), Pointers.Floats(dx)));
        return dx;
    }

    /// <summary>Rows of a table (n, width) at positions (m), int64: (m, width).</summary>
    internal static Tensor Embedding(Tensor table, Tensor positions)
    {
        var y = empty(positions.numel(), table.size(1));
        AddEmbedding(y, table, positions, add: false);
        return y;
    }

    /// <summary>Adds them to rows, or puts them there.</summary>
    internal static void AddEmbedding(Tensor rows, Tensor table, Tensor positions, bool add = true)
    {
        var from = Pointers.Rows(ref table);
        Status.Check(NativeMethods.sw_embedding(&from, Pointers.Longs(positions), positions.numel(), add ? 1 : 0, Pointers.Floats(rows)));
    }

    internal static Tensor EmbeddingBackward(Tensor dy, Tensor positions, long rows)
    {
        var table = empty(rows, dy.size(1));
        Status.Check(NativeMethods.sw_embedding_backward(
            Pointers.Floats(dy), Pointers.Longs(positions), positions.numel(), dy.size(1), rows, Pointers.Floats(table)));
        return table;
    }

    /// <summary>The mean cross-entropy of rows of logits, nats, and what its gradient needs.</summary>
    internal static (double Loss, Tensor Lse) CrossEntropy(Tensor logits, Tensor targets)
    {
        var rows = Pointers.Rows(ref logits);
        if (targets.numel() != rows.Count)
            throw new ArgumentException($"{targets.numel()} targets for {rows.Count} rows of logits", nameof(targets));
        var lse = empty(rows.Count);
        double loss;
        Status.Check(NativeMethods.sw_cross_entropy(&rows, Pointers.Longs(targets), Pointers.Floats(lse), &loss));
        return (loss, lse);
    }

    internal static Tensor CrossEntropyBackward(Tensor logits, Tensor targets, Tensor lse)
    {
        var rows = Pointers.Rows(ref logits);
        var dlogits = empty(logits.shape);
        Status.Check(
            NativeMethods.sw_cross_entropy_backward(&rows, Pointers.Longs(targets), Pointers.Floats(lse), 1, Pointers.Floats(dlogits)));
        return dlogits;
    }

    /// <summary>Causal attention as <see cref="Functions.causal_attention"/>: what it gives, and what its gradient needs.</summary>
    internal static (Tensor O, Tensor Lse) Attention(
        Tensor q, Tensor k, Tensor v, int heads, Tensor? sinks, Tensor? positions = null)
    {
        Tensor o = empty(q.shape), lse = empty(q.size(0), heads, q.size(1));
        var a = Describe(q, k, v, heads, sinks, positions);
        Status.Check(NativeMethods.sw_attention_forward(&a, Pointers.Floats(o), Pointers.Floats(lse)));
        return (o, lse);
    }

    internal static (Tensor Dq, Tensor Dk, Tensor Dv, Tensor? Dsinks) AttentionBackward(
        Tensor q, Tensor k, Tensor v, int heads, Tensor? sinks, Tensor o, Tensor lse, Tensor dout, Tensor? positions = null)
    {
        Tensor dq = empty(q.shape), dk = empty(k.shape), dv = empty(v.shape);
        var dsinks = sinks is null ? null : empty(heads);
        var a = Describe(q, k, v, heads, sinks, positions);
        Status.Check(NativeMethods.sw_attention_backward(
            &a, Pointers.Floats(o), Pointers.Floats(lse), Pointers.Floats(dout), Pointers.Floats(dq), Pointers.Floats(
                dk), Pointers.Floats(dv),
            Pointers.Floats(dsinks)));
        return (dq, dk, dv, dsinks);
    }

    /// <summary>
    /// The gradients by a linear map's weight and bias, of dy in equal pieces of its columns: by entries where these are few, else by
    /// products.
    /// </summary>
    /// <param name="dy">pieces, (n, width) each</param>
    /// <param name="x">(n, in)</param>
    /// <param name="choice">which of the two; auto by the density of each piece</param>
    /// <param name="bfloat16">whether both factors are rounded first</param>
    /// <param name="dense">makes the product of a piece</param>
    internal static (Tensor Dw, Tensor Db) WeightGradient(
        ReadOnlySpan<Tensor> dy, Tensor x, KernelChoice choice, bool bfloat16, Func<Tensor, Tensor, Tensor> dense)
    {
        var own = dy.ToArray();
        var pieces = stackalloc NativeRows[own.Length];
        for (var i = 0; i < own.Length; i++) pieces[i] = Pointers.Rows(ref own[i]);
        var rows = Pointers.Rows(ref x);
        var width = pieces[0].Width;
        Tensor dw = empty(width * own.Length, rows.Width), db = empty(width * own.Length);
        var left = stackalloc int[own.Length];
        var how = choice switch { KernelChoice.Dense => 1, KernelChoice.Sparse => 2, _ => 0 };
        Status.Check(NativeMethods.sw_weight_gradient(
            pieces, own.Length, &rows, how, bfloat16 ? 1 : 0, Pointers.Floats(dw), Pointers.Floats(db), left));
        for (var i = 0; i < own.Length; i++)
        {
            if (left[i] == 0) continue;
            var product = dense(own[i], x);
            if (own.Length == 1)
            {
                dw.Dispose();
                return (product, db);
            }
            using var part = dw.narrow(0, i * width, width);
            part.copy_(product);
            product.Dispose();
        }
        return (dw, db);
    }

    private static NativeAttention Describe(Tensor q, Tensor k, Tensor v, int heads, Tensor? sinks, Tensor? positions) => new()
    {
        Q = Pointers.Floats(q),
        K = Pointers.Floats(k),
        V = Pointers.Floats(v),
        Sinks = Pointers.Floats(sinks),
        Positions = Pointers.Longs(positions),
        B = k.size(0),
        T = k.size(1),
        NHead = heads,
        Queries = q.size(1),
        QStride = q.size(2),
        KvStride = k.size(2),
    };
}
