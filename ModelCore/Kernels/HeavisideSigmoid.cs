using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Kernels;

/// <summary>1 where τ &gt; 0, else 0; backward as if it had been sigmoid(τ / temperature).</summary>
internal sealed class HeavisideSigmoid : autograd.SingleTensorFunction<HeavisideSigmoid>
{
    private const string Temperature = "temperature";

    public override string Name => nameof(HeavisideSigmoid);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var tau = (Tensor)vars[0];
        ctx.save_for_backward([tau]);
        ctx.save_data(Temperature, vars[1]);
        using var above = tau.gt(0);
        return above.to(tau.dtype);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var temperature = (double)ctx.get_data(Temperature);
        var s = (ctx.get_saved_variables()[0] / temperature).sigmoid();
        // In the caller's scope, which holds it until libtorch has taken it: without one, the collector could be faster.
        return [(grad_output * s * (1 - s) / temperature).MoveToOuterDisposeScope(), null!];
    }
}
