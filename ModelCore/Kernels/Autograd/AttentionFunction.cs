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
            using Tensor a = q.contiguous(), b = k.contiguous(), c = v.contiguous();
            var (found, unused) = RawKernels.Attention(a, b, c, heads, sinks, at);
            unused.Dispose();
            return found;
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
        var (o, lse) = RawKernels.Attention(q, k, v, extra.Heads, sinks, positions);
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
            var (dq, dk, dv, dsinks) = RawKernels.AttentionBackward(
                saved[0], saved[1], saved[2], heads, hasSinks ? saved[5] : null, saved[3], saved[4], dout,
                saved.ElementAtOrDefault(hasSinks ? 6 : 5));
            foreach (var tensor in saved) tensor.Dispose();
            return dsinks is null ? [dq, dk, dv] : [dq, dk, dv, dsinks];
        });
    }

    private sealed record Arguments(int Heads, bool HasSinks, Tensor? Positions);
}
