using Sweeps.ModelCore.Kernels.Interop;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Kernels.Autograd;

/// <summary>Causal attention of heads of 16 channels by its kernel.</summary>
internal sealed class AttentionFunction : autograd.SingleTensorFunction<AttentionFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(AttentionFunction);

    /// <summary>As <see cref="Functions.causal_attention"/>.</summary>
    internal static Tensor Of(Tensor q, Tensor k, Tensor v, int heads, Tensor? sinks, Tensor? positions)
    {
        var record = is_grad_enabled() && (q.requires_grad || k.requires_grad || v.requires_grad || sinks is { requires_grad: true });
        if (!record)
        {
            using var at = positions?.contiguous();
            using var lse = Lse(q, heads);
            using Tensor a = q.contiguous(), b = k.contiguous(), c = v.contiguous();
            return Run(a, b, c, heads, sinks, at, lse);
        }
        var extra = new Arguments(heads, sinks is not null, positions);
        return sinks is null ? apply(q, k, v, extra) : apply(q, k, v, sinks, extra);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var extra = (Arguments)vars[^1];
        Tensor q = ((Tensor)vars[0]).contiguous(), k = ((Tensor)vars[1]).contiguous(), v = ((Tensor)vars[2]).contiguous();
        var sinks = extra.HasSinks ? ((Tensor)vars[3]).contiguous() : null;
        var positions = extra.Positions?.contiguous();
        var lse = Lse(q, extra.Heads);
        var o = Run(q, k, v, extra.Heads, sinks, positions, lse);
        List<Tensor> saved = [q, k, v, o, lse];
        if (sinks is not null) saved.Add(sinks);
        if (positions is not null) saved.Add(positions);
        ctx.save_for_backward(saved);
        ctx.save_data("arguments", (extra.Heads, extra.HasSinks));
        return o;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var (heads, hasSinks) = ((int, bool))ctx.get_data("arguments");
        return KernelBackward.Of(hasSinks ? 5 : 4, () =>
        {
            var saved = ctx.get_saved_variables();
            using var dout = grad_output.contiguous();
            var gradients = Differentiate(saved, heads, hasSinks, dout);
            foreach (var tensor in saved) tensor.Dispose();
            return gradients;
        });
    }

    private static unsafe List<Tensor?> Differentiate(List<Tensor> saved, int heads, bool hasSinks, Tensor dout)
    {
        var a = Describe(saved[0], saved[1], saved[2], heads, hasSinks ? saved[5] : null, saved.ElementAtOrDefault(hasSinks ? 6 : 5));
        Tensor dq = empty(saved[0].shape), dk = empty(saved[1].shape), dv = empty(saved[2].shape);
        var dsinks = hasSinks ? empty(heads) : null;
        Status.Check(NativeMethods.sw_attention_backward(
            &a, Pointers.Floats(saved[3]), Pointers.Floats(saved[4]), Pointers.Floats(dout), Pointers.Floats(dq), Pointers.Floats(dk),
            Pointers.Floats(dv), Pointers.Floats(dsinks)));
        return dsinks is null ? [dq, dk, dv] : [dq, dk, dv, dsinks];
    }

    private static Tensor Lse(Tensor q, int heads) => empty(q.size(0), heads, q.size(1));

    private static unsafe Tensor Run(Tensor q, Tensor k, Tensor v, int heads, Tensor? sinks, Tensor? positions, Tensor lse)
    {
        var a = Describe(q, k, v, heads, sinks, positions);
        var o = empty(q.shape);
        Status.Check(NativeMethods.sw_attention_forward(&a, Pointers.Floats(o), Pointers.Floats(lse)));
        return o;
    }

    private static unsafe NativeAttention Describe(Tensor q, Tensor k, Tensor v, int heads, Tensor? sinks, Tensor? positions) => new()
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

    private sealed record Arguments(int Heads, bool HasSinks, Tensor? Positions);
}
