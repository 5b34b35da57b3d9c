using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Tests.Torch;

public class ErrorTests : TorchTest
{
    [Fact]
    public void A_refused_operation_is_named_with_the_shapes_and_types_of_its_tensors()
    {
        var a = torch.ones(2, 3);
        var b = torch.ones([4, 5], ScalarType.Float64);
        var message = Assert.Throws<TorchException>(() => a.matmul(b)).Message;
        Assert.StartsWith("torch.matmul(Float32[2, 3], Float64[4, 5]): ", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.Contains("torch.add_(Float32[2, 3]", Assert.Throws<TorchException>(() => a.add_(b)).Message, StringComparison.Ordinal);
        Assert.Contains("torch.cat(", Assert.Throws<TorchException>(() => torch.cat([a, b])).Message, StringComparison.Ordinal);
        Assert.Contains("torch.backward(Float32[2, 3]): ", Assert.Throws<TorchException>(() => a.backward()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_cannot_be_had_is_an_exception_of_its_own()
        => Assert.Throws<TorchOutOfMemoryException>(() => torch.empty([1L << 50]));

    [Fact]
    public void Elements_are_only_read_as_what_they_are()
    {
        var x = torch.ones(2);
        Assert.Contains("Float32, not Double", Assert.Throws<ArgumentException>(() => x.data<double>()).Message, StringComparison.Ordinal);
        Assert.Contains("2 elements, expected 1", Assert.Throws<ArgumentException>(() => x.item<float>()).Message, StringComparison.Ordinal);
        Assert.Contains("2 elements, the span 3", Assert.Throws<ArgumentException>(() => x.copy_to<float>(new float[3])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => torch.tensor([1f, 2, 3], [2, 2]));
    }

    [Fact]
    public void Devices_are_read_from_their_names()
    {
        Assert.Equal(Device.CPU, Device.Parse("cpu"));
        Assert.Equal(Device.CUDA(3), Device.Parse("cuda:3"));
        Assert.Equal("cuda:3", Device.Parse("cuda:3").ToString());
        Assert.Throws<FormatException>(() => Device.Parse("cuda:-1"));
        Assert.Throws<FormatException>(() => Device.Parse("gpu"));
    }
}
