using static TorchSharp.torch;

namespace Sweeps.ModelCore.Kernels.Autograd;

/// <summary>AbsTopK by its kernel, added to another tensor where one is given.</summary>
internal sealed class AbsTopKFunction : autograd.SingleTensorFunction<AbsTopKFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(AbsTopKFunction);

    /// <summary>onto + the k entries of each row of x that are largest in magnitude.</summary>
    internal static Tensor Of(Tensor x, Tensor? onto, int k)
    {
        if (!is_grad_enabled() || !(x.requires_grad || onto is { requires_grad: true })) return RawKernels.AbsTopK(x, onto, k, null);
        return onto is null ? apply(x, k) : apply(x, onto, k);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (y, kept) = RawKernels.AbsTopK((Tensor)vars[0], vars.Length == 3 ? (Tensor)vars[1] : null, (int)vars[^1]);
        ctx.save_for_backward([kept]);
        ctx.save_data("arguments", vars.Length);
        return y;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var arguments = (int)ctx.get_data("arguments");
        return KernelBackward.Of(arguments, () =>
        {
            using var kept = ctx.get_saved_variables()[0];
            var dx = RawKernels.AbsTopKBackward(grad_output, kept);
            return arguments == 3 ? [dx, grad_output.alias()] : [dx];
        });
    }
}
