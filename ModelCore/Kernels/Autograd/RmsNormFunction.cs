using Sweeps.ModelCore.Kernels.Interop;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Kernels.Autograd;

/// <summary>RMSNorm by its kernel.</summary>
internal sealed class RmsNormFunction : autograd.SingleTensorFunction<RmsNormFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(RmsNormFunction);

    /// <summary>As <see cref="Functions.rms_norm(Tensor, Tensor, double)"/>.</summary>
    internal static Tensor Of(Tensor x, Tensor gain, double eps)
    {
        if (is_grad_enabled() && (x.requires_grad || gain.requires_grad)) return apply(x, gain, eps);
        using Tensor own = x.contiguous(), gains = gain.contiguous(), inverse = empty(x.numel() / gain.numel());
        return Run(own, gains, eps, inverse);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor x = ((Tensor)vars[0]).contiguous(), gain = ((Tensor)vars[1]).contiguous(), inverse = empty(x.numel() / gain.numel());
        ctx.save_for_backward([x, gain, inverse]);
        return Run(x, gain, (double)vars[2], inverse);
    }

    /// <inheritdoc/>
    public override unsafe List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => KernelBackward.Of(3, () =>
    {
        var saved = ctx.get_saved_variables();
        using Tensor x = saved[0], gain = saved[1], inverse = saved[2], dy = grad_output.contiguous();
        Tensor dx = empty(x.shape), dgain = empty(gain.shape);
        long d = gain.numel(), n = x.numel() / d;
        Status.Check(NativeMethods.sw_rms_norm_backward(
            Pointers.Floats(x), Pointers.Floats(gain), Pointers.Floats(inverse), Pointers.Floats(dy), null, n, d, Pointers.Floats(dx),
            Pointers.Floats(dgain)));
        return [dx, dgain];
    });

    private static unsafe Tensor Run(Tensor x, Tensor gain, double eps, Tensor inverse)
    {
        long d = gain.numel(), n = x.numel() / d;
        var y = empty(x.shape);
        Status.Check(NativeMethods.sw_rms_norm(
            Pointers.Floats(x), Pointers.Floats(gain), n, d, eps, Pointers.Floats(y), Pointers.Floats(inverse)));
        return y;
    }
}
