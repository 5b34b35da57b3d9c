using System.Runtime.CompilerServices;
using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

/// <summary>The functions of PyTorch's torch module, named as in TorchSharp.</summary>
public static partial class torch
{
    public static Tensor empty(ReadOnlySpan<long> size, ScalarType dtype = ScalarType.Float32, Device? device = null, bool requires_grad = false)
    {
        var (type, index) = At(device);
        return Made(Native.sw_empty(size, size.Length, (int)dtype, type, index), requires_grad);
    }

    public static Tensor empty(params ReadOnlySpan<long> size) => empty(size, ScalarType.Float32);

    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType dtype = ScalarType.Float32, Device? device = null, bool requires_grad = false)
    {
        var (type, index) = At(device);
        return Made(Native.sw_zeros(size, size.Length, (int)dtype, type, index), requires_grad);
    }

    public static Tensor zeros(params ReadOnlySpan<long> size) => zeros(size, ScalarType.Float32);

    public static Tensor ones(ReadOnlySpan<long> size, ScalarType dtype = ScalarType.Float32, Device? device = null, bool requires_grad = false)
        => full(size, 1, dtype, device, requires_grad);

    public static Tensor ones(params ReadOnlySpan<long> size) => full(size, 1);

    public static Tensor full(
        ReadOnlySpan<long> size, Scalar value, ScalarType dtype = ScalarType.Float32, Device? device = null, bool requires_grad = false)
    {
        var (type, index) = At(device);
        return Made(Native.sw_full(size, size.Length, value, (int)dtype, type, index), requires_grad);
    }

    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null) => full_like(input, 0, dtype);

    public static Tensor ones_like(Tensor input, ScalarType? dtype = null) => full_like(input, 1, dtype);

    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null)
        => Result(Native.sw_full_like(input, value, dtype is { } t ? (int)t : -1), input);

    public static Tensor empty_like(Tensor input, ScalarType? dtype = null) => empty(input.shape, dtype ?? input.dtype, input.device);

    /// <summary>start, start + step, ... below stop; Int64 when all three are whole numbers by type, else Float32.</summary>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null)
    {
        var real = start.IsFloatingPoint || stop.IsFloatingPoint || step.IsFloatingPoint;
        var (type, index) = At(device);
        return Result(Native.sw_arange(start, stop, step, (int)(dtype ?? (real ? ScalarType.Float32 : ScalarType.Int64)), type, index));
    }

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null)
        => arange(start, stop, 1, dtype, device);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null) => arange(0, stop, 1, dtype, device);

    public static Tensor eye(long rows, long? columns = null, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        var (type, index) = At(device);
        return Result(Native.sw_eye(rows, columns ?? rows, (int)dtype, type, index));
    }

    /// <summary>Uniform in [0, 1).</summary>
    public static Tensor rand(
        ReadOnlySpan<long> size, ScalarType dtype = ScalarType.Float32, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        var (type, index) = At(device);
        return Made(Native.sw_rand(size, size.Length, Generator.HandleOf(generator), (int)dtype, type, index), requires_grad);
    }

    /// <summary>Standard normal.</summary>
    public static Tensor randn(
        ReadOnlySpan<long> size, ScalarType dtype = ScalarType.Float32, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        var (type, index) = At(device);
        return Made(Native.sw_randn(size, size.Length, Generator.HandleOf(generator), (int)dtype, type, index), requires_grad);
    }

    /// <summary>Uniform among low, ..., high - 1.</summary>
    public static Tensor randint(
        long low, long high, ReadOnlySpan<long> size, ScalarType dtype = ScalarType.Int64, Device? device = null, Generator? generator = null)
    {
        var (type, index) = At(device);
        return Result(Native.sw_randint(low, high, size, size.Length, Generator.HandleOf(generator), (int)dtype, type, index));
    }

    public static Tensor randint(
        long high, ReadOnlySpan<long> size, ScalarType dtype = ScalarType.Int64, Device? device = null, Generator? generator = null)
        => randint(0, high, size, dtype, device, generator);

    /// <summary>The numbers 0, ..., n - 1 in random order.</summary>
    public static Tensor randperm(long n, ScalarType dtype = ScalarType.Int64, Device? device = null, Generator? generator = null)
    {
        var (type, index) = At(device);
        return Result(Native.sw_randperm(n, Generator.HandleOf(generator), (int)dtype, type, index));
    }

    /// <summary>Positions drawn with the given weights, along the last dimension.</summary>
    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false, Generator? generator = null)
        => Result(Native.sw_multinomial(input, num_samples, replacement ? 1 : 0, Generator.HandleOf(generator)), input);

    /// <summary>A tensor with a copy of the given elements in row-major order; without a shape, one-dimensional.</summary>
    /// <exception cref="ArgumentException">the shape has another number of elements</exception>
    public static unsafe Tensor tensor<T>(
        ReadOnlySpan<T> data, ReadOnlySpan<long> shape, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        where T : unmanaged
    {
        var expected = 1L;
        foreach (var length in shape) expected = checked(expected * length);
        if (expected != data.Length)
            throw new ArgumentException($"tensor: {data.Length} elements for shape [{string.Join(", ", shape.ToArray())}]");
        var (type, index) = At(device);
        nint handle;
        var given = ScalarTypes.Of<T>();
        fixed (T* pointer = data) handle = Native.sw_from_data(pointer, shape, shape.Length, (int)given, type, index);
        var result = Result(handle);
        if (dtype is { } wanted && wanted != given)
        {
            using var original = result;
            result = original.to(wanted);
        }

        result.requires_grad = requires_grad;
        return result;
    }

    internal static (int Type, int Index) At(Device? device) => device is { } d ? ((int)d.type, d.index) : (0, -1);

    private static Tensor Made(nint handle, bool requires_grad, [CallerMemberName] string operation = "")
    {
        var tensor = Result(handle, operation: operation);
        if (requires_grad) tensor.requires_grad = true;
        return tensor;
    }
}
