using Sweeps.ModelCore.Tests.Torch;
using Sweeps.ModelCore.Torch;
using Sweeps.ModelCore.Torch.Interop;

namespace Sweeps.ModelCore.Tests.Kernels;

public sealed class KernelsTests : TorchTest
{
    [Fact]
    public void The_instruction_set_of_kernels_can_be_chosen_and_goes_back()
    {
        var before = Native.Text(Native.sw_kernel_capability());
        using (Kernels.Use("default")) Assert.Equal("default", Native.Text(Native.sw_kernel_capability()));
        Assert.Equal(before, Native.Text(Native.sw_kernel_capability()));
    }

    [Fact]
    public void An_unknown_instruction_set_is_refused_by_name()
    {
        var e = Assert.Throws<TorchException>(() => Kernels.Use("sse9"));
        Assert.Contains("'sse9': expected default, avx2 or avx512", e.Message, StringComparison.Ordinal);
    }
}
