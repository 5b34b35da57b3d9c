using static TorchSharp.torch;

namespace Sweeps.ModelCore.Kernels.Autograd;

/// <summary>x Wᵀ + b by the entries of W that are not 0; the gradient flows to x only.</summary>
internal sealed class SparseLinearFunction : autograd.SingleTensorFunction<SparseLinearFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(SparseLinearFunction);

    /// <summary>The map of a frozen weight; its bias is frozen too.</summary>
    internal static Tensor Of(Tensor x, SparseWeight weight, Tensor? bias)
        => is_grad_enabled() && x.requires_grad
            ? apply(x, new Frozen(weight.InGraph(), bias?.detach().DetachFromDisposeScope()))
            : weight.Multiply(x, bias);

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var frozen = (Frozen)vars[1];
        ctx.save_data("weight", frozen.Weight);
        using (frozen.Bias) return frozen.Weight.Multiply((Tensor)vars[0], frozen.Bias);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        => KernelBackward.Of(2, () => [((SparseWeight)ctx.get_data("weight")).MultiplyTransposed(grad_output)]);

    private sealed record Frozen(SparseWeight Weight, Tensor? Bias);
}
