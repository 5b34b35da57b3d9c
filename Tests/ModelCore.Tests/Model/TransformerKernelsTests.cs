using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Model;

public sealed class TransformerKernelsTests : TorchTest
{
    [Theory]
    [InlineData(KernelChoice.Sparse)]
    [InlineData(KernelChoice.Dense)]
    [InlineData(KernelChoice.Auto)]
    public void Loss_and_all_gradients_by_the_kernels_are_those_of_the_plain_composition(KernelChoice kernels)
    {
        var config = TinyModel.Config with { DModel = 48, DHead = 16, DMlp = 100, NCtx = 40, ActivationFraction = 0.25 };
        using var model = TinyModel.Create(config);
        using (torch.no_grad())
            foreach (var (spec, value) in model.Parameters)
                if (spec.Kind is ParameterKind.Matrix or ParameterKind.OutputProjection || spec.Name == "lm_head.weight")
                    value.mul_(TinyModel.Tokens(3, [.. spec.Shape]).lt(1).to(ScalarType.Float32)); // 1 of 11
        var (tokens, targets) = (TinyModel.Tokens(1, 5, 40), TinyModel.Tokens(2, 5, 40));
        model.Kernels = kernels;
        var (loss, gradients) = Run();
        Assert.Equal(kernels == KernelChoice.Dense ? 0 : model.LinearMaps, model.SparseMaps);
        Functions.enabled = false;
        try
        {
            foreach (var parameter in model.Parameters) parameter.Value.grad = null;
            var (plainLoss, plain) = Run();
            Assert.Equal(plainLoss, loss, 1e-5);
            Assert.All(plain.Zip(gradients), pair => Assert.True(
                ((pair.First - pair.Second).norm() / pair.First.norm().add(1e-12)).ToDouble() < 1e-5,
                $"{pair.First.shape.Length} dimensions"));
        }
        finally
        {
            Functions.enabled = true;
        }

        (double Loss, Tensor[] Gradients) Run()
        {
            var mean = model.LossAndGradients(tokens, targets);
            return (mean, [.. model.Parameters.Select(p => p.Value.grad!.clone())]);
        }
    }
}
