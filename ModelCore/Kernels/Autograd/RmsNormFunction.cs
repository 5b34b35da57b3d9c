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
        using Tensor own = x.contiguous(), gains = gain.contiguous();
        var (y, unused) = RawKernels.RmsNorm(own, gains, eps);
        unused.Dispose();
        return y;
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor x = ((Tensor)vars[0]).contiguous(), gain = ((Tensor)vars[1]).contiguous();
        var (y, inverse) = RawKernels.RmsNorm(x, gain, (double)vars[2]);
        ctx.save_for_backward([x, gain, inverse]);
        return y;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => KernelBackward.Of(3, () =>
    {
        var saved = ctx.get_saved_variables();
        using Tensor x = saved[0], gain = saved[1], inverse = saved[2], dy = grad_output.contiguous();
        var (dx, dgain) = RawKernels.RmsNormBackward(x, gain, inverse, dy, null);
        return [dx, dgain];
    });
}
