using Sweeps.ModelCore.Kernels.Autograd;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Torch;

/// <summary>Counts of live tensors mean something only while no other test makes any.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TorchCollection
{
    public const string Name = "torch";
}

/// <summary>A scope around every test, and the check that nothing outlives it.</summary>
[Collection(TorchCollection.Name)]
public abstract class TorchTest : IDisposable
{
    private readonly long _before;
    private readonly DisposeScope _scope;

    protected TorchTest()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _before = Tensor.TotalCount;
        _scope = torch.NewDisposeScope();
    }

    public void Dispose()
    {
        _scope.Dispose();
        Assert.Equal(_before, Tensor.TotalCount);
        GC.SuppressFinalize(this);
    }

    /// <summary>The gradients of the output by each leaf, weighted by the slope; no second pass follows.</summary>
    internal static List<Tensor> Gradients(Tensor output, IReadOnlyList<Tensor> leaves, Tensor slope)
    {
        foreach (var leaf in leaves) leaf.grad = null;
        KernelBackward.Run(() => output.backward([slope]));
        return [.. leaves.Select(leaf => leaf.grad!.clone())];
    }

    protected static void Near(double[] expected, Tensor actual, double tolerance = 1e-6)
    {
        using var scope = torch.NewDisposeScope();
        var found = actual.detach().to(ScalarType.Float64).Values<double>();
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < found.Length; i++)
            Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance, $"element {i}: expected {expected[i]}, found {found[i]}");
    }
}
