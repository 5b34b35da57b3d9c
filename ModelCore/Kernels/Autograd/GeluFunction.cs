using static TorchSharp.torch;

namespace Sweeps.ModelCore.Kernels.Autograd;

/// <summary>GELU by its kernel.</summary>
internal sealed class GeluFunction : autograd.SingleTensorFunction<GeluFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(GeluFunction);

    internal static Tensor Of(Tensor x)
    {
        if (is_grad_enabled() && x.requires_grad) return apply(x);
        using var own = x.contiguous();
        return RawKernels.Gelu(own);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var x = ((Tensor)vars[0]).contiguous();
        ctx.save_for_backward([x]);
        return RawKernels.Gelu(x);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => KernelBackward.Of(1, () =>
    {
        using Tensor x = ctx.get_saved_variables()[0], dy = grad_output.contiguous();
        return [RawKernels.GeluBackward(x, dy)];
    });
}
