using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Tests.Torch;

public class SmokeTests
{
    [Fact]
    public void The_library_loads_and_adds()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.tensor([1f, 2, 3]) + 1;
        Assert.Equal([2f, 3, 4], x.data<float>());
    }
}
