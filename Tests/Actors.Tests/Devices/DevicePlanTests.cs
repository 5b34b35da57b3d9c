using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Tests.Devices;

public class DevicePlanTests
{
    [Theory]
    [InlineData("auto", 4, 0, "cpu-0/1 cpu-1/1 cpu-2/1 cpu-3/1")]
    [InlineData("auto", 4, 2, "cuda-0/1 cuda-1/1")]
    [InlineData("cpu", 4, 2, "cpu-0/4")]
    [InlineData("cpu=2", 8, 0, "cpu-0/4 cpu-1/4")]
    [InlineData("cpu=3", 2, 0, "cpu-0/1 cpu-1/1 cpu-2/1")]
    [InlineData("cuda", 4, 2, "cuda-0/1 cuda-1/1")]
    [InlineData("cuda:1 cpu", 4, 2, "cuda-1/1 cpu-0/4")]
    [InlineData("cuda cuda:0", 4, 2, "cuda-0/1 cuda-1/1")]
    public void Devices_are_named_and_given_threads(string asked, int cores, int cuda, string expected)
    {
        var devices = DevicePlan.Resolve(new NodeOptions { Devices = asked.Split(' ') }, cores, cuda, 1L << 30);
        Assert.Equal(expected, string.Join(' ', devices.Select(d => $"{d.Name}/{d.Threads}")));
    }

    [Fact]
    public void A_gpu_has_as_many_devices_as_jobs_may_share_it()
    {
        var options = new NodeOptions { Devices = ["cuda", "cpu"], JobsPerGpu = 2 };
        Assert.Equal(
            "cuda-0-1/cuda:0 cuda-0-2/cuda:0 cuda-1-1/cuda:1 cuda-1-2/cuda:1 cpu-0/cpu",
            string.Join(' ', DevicePlan.Resolve(options, 4, 2, 1000).Select(d => $"{d.Name}/{d.Torch}")));
        Assert.Equal(["jobs_per_gpu is 0: expected 1 to 16"], new NodeOptions { JobsPerGpu = 0 }.Validate());
    }

    [Theory]
    [InlineData("auto", 0, 8, "8 4 2 1")]
    [InlineData("cpu=2", 0, 8, "8 4 4 4")]
    [InlineData("auto", 1, 8, "1 1 1 1")]
    [InlineData("auto", 3, 8, "3 3 3 3")]
    [InlineData("auto", 0, 1, "1 1 1 1")]
    public void Fewer_jobs_than_devices_divide_the_cores_unless_the_threads_are_pinned(string asked, int option, int cores, string expected)
    {
        var device = DevicePlan.Resolve(new NodeOptions { Devices = [asked], ThreadsPerDevice = option }, cores, 0, 1000)[0];
        Assert.Equal(expected, string.Join(' ', new[] { 1, 2, 4, 8 }.Select(device.ThreadsAmong)));
    }

    [Theory]
    [InlineData("cuda", "no CUDA device")]
    [InlineData("cuda:0", "sees 0 CUDA devices")]
    [InlineData("cpu=1024 cpu", "at most 1024")]
    public void A_device_that_is_not_there_is_refused(string asked, string problem)
    {
        var options = new NodeOptions { Devices = asked.Split(' ') };
        var e = Assert.Throws<NoSuchDeviceException>(() => DevicePlan.Resolve(options, 4, 0, 1L << 30));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cpu=3", 0, "300 300 300")]
    [InlineData("cpu", 0, "900")]
    [InlineData("cpu=2", 70_000_000, "70000000 70000000")]
    [InlineData("cuda cpu=2", 0, "0 0 450 450")]
    public void Nine_tenths_of_the_memory_are_divided_among_the_cpu_devices(string asked, long option, string expected)
    {
        var devices = DevicePlan.Resolve(new NodeOptions { Devices = asked.Split(' '), MemoryPerDevice = option }, 4, 2, 1000);
        Assert.Equal(expected, string.Join(' ', devices.Select(d => d.MemoryBytes)));
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cpu=0")]
    [InlineData("cpu=-1")]
    [InlineData("cuda:")]
    [InlineData("cuda:x")]
    public void What_is_no_device_is_a_problem_of_the_options(string asked) =>
        Assert.Contains(new NodeOptions { Devices = [asked] }.Validate(), p => p.Contains(asked, StringComparison.Ordinal));

    [Theory]
    [InlineData(0)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void A_fraction_of_a_gpu_is_above_0_and_at_most_1(double fraction) =>
        Assert.StartsWith(
            "cuda_memory_fraction is ",
            Assert.Single(new NodeOptions { CudaMemoryFraction = fraction }.Validate()),
            StringComparison.Ordinal);

    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(new NodeOptions().Validate());
}
