namespace Sweeps.ModelCore.Torch;

// torch.tensor for the usual element types, so that collection expressions find their type.
public static partial class torch
{
    /// <inheritdoc cref="tensor{T}"/>
    public static Tensor tensor(ReadOnlySpan<float> data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor(data, [data.Length], dtype, device, requires_grad);

    /// <inheritdoc cref="tensor{T}"/>
    public static Tensor tensor(
        ReadOnlySpan<float> data, ReadOnlySpan<long> shape, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor<float>(data, shape, dtype, device, requires_grad);

    /// <summary>A tensor of no dimensions.</summary>
    public static Tensor tensor(float value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor<float>([value], [], dtype, device, requires_grad);

    /// <inheritdoc cref="tensor{T}"/>
    public static Tensor tensor(ReadOnlySpan<double> data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor(data, [data.Length], dtype, device, requires_grad);

    /// <inheritdoc cref="tensor{T}"/>
    public static Tensor tensor(
        ReadOnlySpan<double> data, ReadOnlySpan<long> shape, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor<double>(data, shape, dtype, device, requires_grad);

    /// <summary>A tensor of no dimensions.</summary>
    public static Tensor tensor(double value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor<double>([value], [], dtype, device, requires_grad);

    /// <inheritdoc cref="tensor{T}"/>
    public static Tensor tensor(ReadOnlySpan<long> data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor(data, [data.Length], dtype, device, requires_grad);

    /// <inheritdoc cref="tensor{T}"/>
    public static Tensor tensor(
        ReadOnlySpan<long> data, ReadOnlySpan<long> shape, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor<long>(data, shape, dtype, device, requires_grad);

    /// <summary>A tensor of no dimensions.</summary>
    public static Tensor tensor(long value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor<long>([value], [], dtype, device, requires_grad);

    /// <inheritdoc cref="tensor{T}"/>
    public static Tensor tensor(ReadOnlySpan<int> data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor(data, [data.Length], dtype, device, requires_grad);

    /// <inheritdoc cref="tensor{T}"/>
    public static Tensor tensor(
        ReadOnlySpan<int> data, ReadOnlySpan<long> shape, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor<int>(data, shape, dtype, device, requires_grad);

    /// <summary>A tensor of no dimensions.</summary>
    public static Tensor tensor(int value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor<int>([value], [], dtype, device, requires_grad);

    /// <inheritdoc cref="tensor{T}"/>
    public static Tensor tensor(ReadOnlySpan<bool> data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor(data, [data.Length], dtype, device, requires_grad);

    /// <inheritdoc cref="tensor{T}"/>
    public static Tensor tensor(
        ReadOnlySpan<bool> data, ReadOnlySpan<long> shape, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor<bool>(data, shape, dtype, device, requires_grad);

    /// <summary>A tensor of no dimensions.</summary>
    public static Tensor tensor(bool value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        => tensor<bool>([value], [], dtype, device, requires_grad);
}
