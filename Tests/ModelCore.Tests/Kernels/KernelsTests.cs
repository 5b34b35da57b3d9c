using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Tests.Torch;

namespace Sweeps.ModelCore.Tests.Kernels;

public sealed class KernelsTests : TorchTest
{
    [Fact]
    public void The_instruction_set_of_kernels_can_be_chosen_and_goes_back()
    {
        var before = Functions.Capability;
        using (Kernels.Use("default")) Assert.Equal("default", Functions.Capability);
        Assert.Equal(before, Functions.Capability);
    }

    [Fact]
    public void An_unknown_instruction_set_is_refused_by_name()
    {
        var e = Assert.Throws<ArgumentException>(() => Kernels.Use("sse9"));
        Assert.Contains("'sse9': expected default, avx2 or avx512", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_OpenMP_runtime_serves_libtorch_and_the_kernels()
    {
        Memory.RequireTakeOver(); // both are loaded then
        var files = File.ReadLines("/proc/self/maps").Where(line => line.Contains("libgomp", StringComparison.Ordinal)).Select(
            line => line[line.IndexOf('/')..]);
        Assert.Single(files.Distinct());
    }

    [Fact]
    public void Libtorch_takes_its_memory_from_the_native_library() => Memory.RequireTakeOver();
}
