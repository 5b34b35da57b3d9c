using Sweeps.ModelCore.Torch;

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

    protected static void Near(double[] expected, Tensor actual, double tolerance = 1e-6)
    {
        using var scope = torch.NewDisposeScope();
        var found = actual.detach().to(ScalarType.Float64).data<double>();
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < found.Length; i++)
            Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance, $"element {i}: expected {expected[i]}, found {found[i]}");
    }
}
