using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Training;

/// <summary>The common norm of gradients.</summary>
internal static class GradientNorm
{
    /// <summary>Scales the gradients of all parameters so that their common Euclidean norm is at most <paramref name="bound"/>.</summary>
    /// <returns>the norm before; where it is not finite the gradients are left as they are</returns>
    internal static double Clip(IEnumerable<Tensor> parameters, double bound)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var gradients = new List<Tensor>();
        foreach (var parameter in parameters)
            if (parameter.grad is { } gradient) gradients.Add(gradient);
        if (gradients.Count == 0) return 0;

        var total = torch.stack([.. gradients.Select(g => g.norm())]).norm().ToDouble();
        // As PyTorch's: the small constant keeps the factor finite.
        var factor = bound / (total + 1e-6);
        if (double.IsFinite(total) && factor < 1)
            foreach (var gradient in gradients) gradient.mul_(factor);
        return total;
    }
}
