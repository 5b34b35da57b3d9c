using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Training;

/// <summary>The gradients of some parameters as one vector, by libtorch's operators.</summary>
internal static class GradientNorm
{
    /// <summary>The Euclidean norm of the gradients of all parameters; 0 where none has one.</summary>
    internal static double Of(IEnumerable<Tensor> parameters)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var norms = Gradients(parameters).Select(gradient => gradient.norm()).ToList();
        return norms.Count == 0 ? 0 : torch.stack(norms).norm().ToDouble();
    }

    /// <summary>Multiplies the gradients of all parameters.</summary>
    internal static void Scale(IEnumerable<Tensor> parameters, double factor)
    {
        if (factor == 1) return;
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var gradient in Gradients(parameters)) gradient.mul_(factor);
    }

    private static IEnumerable<Tensor> Gradients(IEnumerable<Tensor> parameters) => parameters.Select(p => p.grad).OfType<Tensor>();
}
