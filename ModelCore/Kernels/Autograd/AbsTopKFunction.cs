using Sweeps.ModelCore.Kernels.Interop;
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
        if (!is_grad_enabled() || !(x.requires_grad || onto is { requires_grad: true })) return Run(x, onto, k, null);
        return onto is null ? apply(x, k) : apply(x, onto, k);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var x = (Tensor)vars[0];
        long[] shape = x.shape;
        var kept = empty([x.numel() / shape[^1], NativeMethods.sw_kept_words(shape[^1])], ScalarType.Int16);
        var y = Run(x, vars.Length == 3 ? (Tensor)vars[1] : null, (int)vars[^1], kept);
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
            var dx = Keep(grad_output, kept);
            return arguments == 3 ? [dx, grad_output.alias()] : [dx];
        });
    }

    private static unsafe Tensor Run(Tensor x, Tensor? onto, int k, Tensor? kept)
    {
        var (own, below) = (x, onto);
        var rows = Pointers.Rows(ref own);
        var y = empty(x.shape);
        NativeRows under = default;
        if (below is not null) under = Pointers.Rows(ref below);
        Status.Check(NativeMethods.sw_abs_topk(
            &rows, below is null ? null : &under, k, Pointers.Floats(y), kept is null ? null : Pointers.Words(kept)));
        if (!ReferenceEquals(own, x)) own.Dispose();
        if (!ReferenceEquals(below, onto)) below!.Dispose();
        GC.KeepAlive(x);
        return y;
    }

    private static unsafe Tensor Keep(Tensor dy, Tensor kept)
    {
        var own = dy;
        var rows = Pointers.Rows(ref own);
        var dx = empty(dy.shape);
        Status.Check(NativeMethods.sw_abs_topk_backward(&rows, Pointers.Words(kept), Pointers.Floats(dx)));
        if (!ReferenceEquals(own, dy)) own.Dispose();
        GC.KeepAlive(dy);
        return dx;
    }
}
