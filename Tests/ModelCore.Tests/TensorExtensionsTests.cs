using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests;

public sealed class TensorExtensionsTests : TorchTest
{
    [Fact]
    public void Elements_come_in_row_major_order_whatever_the_strides()
    {
        var x = torch.arange(0, 6, dtype: ScalarType.Int64).view(2, 3);
        Assert.Equal([0, 1, 2, 3, 4, 5], x.Values<long>());
        Assert.Equal([0, 3, 1, 4, 2, 5], x.t().Values<long>());
        Assert.Equal([1, 4], x.select(1, 1).Values<long>());
        Assert.Equal([7f, 7, 7], torch.full([1], 7f).expand(3).Values<float>());
        Assert.Empty(torch.zeros([0, 4]).Values<float>());
        Assert.Equal([2.5], torch.tensor(2.5, dtype: ScalarType.Float64).requires_grad_().Values<double>());
    }

    [Fact]
    public void Elements_of_another_type_or_number_are_refused()
    {
        var x = torch.zeros([2, 3]);
        Assert.Contains("Float32[2, 3]", Assert.Throws<ArgumentException>(() => x.Values<double>()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => x.CopyTo<float>(new float[5]));
    }

    [Fact]
    public void A_number_is_scattered_in_place()
    {
        var x = torch.zeros([2, 3]);
        x.ScatterValue(1, torch.tensor(new long[] { 2, 0 }, [2, 1]), double.PositiveInfinity);
        Assert.Equal([0, 0, float.PositiveInfinity, float.PositiveInfinity, 0, 0], x.Values<float>());
    }

    [Theory]
    [InlineData("cpu", DeviceType.CPU, -1)]
    [InlineData("cuda", DeviceType.CUDA, 0)]
    [InlineData("cuda:3", DeviceType.CUDA, 3)]
    public void Devices_are_read_by_name(string text, DeviceType type, int index)
    {
        var device = Devices.Parse(text);
        Assert.Equal((type, index), (device.type, device.index));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cpu:0")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:99999999999")]
    public void Other_names_of_devices_are_refused(string text) => Assert.Throws<FormatException>(() => Devices.Parse(text));

    [Fact]
    public void What_runs_here_says_what_it_is()
    {
        var info = TorchInfo.Read();
        Assert.Equal("2.10.0", info.Version);
        Assert.Contains(info.CpuCapability, new[] { "DEFAULT", "AVX2", "AVX512" });
        Assert.True(info.Threads > 0 && info.CudaDevices >= 0);
    }
}
