using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

// Copies, conversions, random filling.
public sealed partial class Tensor
{
    public Tensor clone() => Result(Native.sw_clone(this), this);

    public Tensor contiguous() => Result(Native.sw_contiguous(this), this);

    /// <summary>Another handle of the same tensor.</summary>
    public Tensor alias() => Result(Native.sw_alias(this), this);

    /// <summary>Converted to another type; the same memory where it already has that type.</summary>
    public Tensor to_type(ScalarType type) => Result(Native.sw_to_dtype(this, (int)type), this);

    /// <inheritdoc cref="to_type"/>
    public Tensor to(ScalarType type) => Result(Native.sw_to_dtype(this, (int)type), this);

    /// <summary>Copied to another device; the same memory where it is already there.</summary>
    public Tensor to(Device device) => Result(Native.sw_to_device(this, (int)device.type, device.index), this);

    public Tensor to(ScalarType type, Device device)
    {
        using var converted = to(type);
        return converted.to(device);
    }

    public Tensor cpu() => to(Device.CPU);

    public Tensor cuda(int index = 0) => to(Device.CUDA(index));

    public Tensor @float() => to(ScalarType.Float32);

    public Tensor @double() => to(ScalarType.Float64);

    public Tensor @long() => to(ScalarType.Int64);

    public Tensor @bool() => to(ScalarType.Bool);

    /// <summary>Takes over the values of another tensor, which is broadcast, converted and moved as needed.</summary>
    public Tensor copy_(Tensor source) => Changed(Native.sw_copy_(this, source), source);

    public Tensor normal_(double mean = 0, double stddev = 1, torch.Generator? generator = null)
        => Changed(Native.sw_normal_(this, mean, stddev, torch.Generator.HandleOf(generator)));

    public Tensor uniform_(double from = 0, double to = 1, torch.Generator? generator = null)
        => Changed(Native.sw_uniform_(this, from, to, torch.Generator.HandleOf(generator)));

    public Tensor bernoulli_(double p = 0.5, torch.Generator? generator = null)
        => Changed(Native.sw_bernoulli_(this, p, torch.Generator.HandleOf(generator)));
}
