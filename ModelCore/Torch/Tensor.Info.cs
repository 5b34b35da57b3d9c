using System.Runtime.CompilerServices;
using Sweeps.ModelCore.Torch.Interop;

namespace Sweeps.ModelCore.Torch;

// What a tensor is, and its elements as C# values.
public sealed partial class Tensor
{
    /// <summary>Length of each dimension.</summary>
    public long[] shape
    {
        get
        {
            var lengths = new long[Native.sw_dim(this)];
            Native.sw_shape(this, lengths);
            return lengths;
        }
    }

    /// <summary>Distance in elements between neighbours along each dimension.</summary>
    public long[] stride()
    {
        var distances = new long[Native.sw_dim(this)];
        Native.sw_strides(this, distances);
        return distances;
    }

    /// <summary>Length of one dimension, counted from the end when negative.</summary>
    public long size(int dim)
    {
        var lengths = shape;
        return lengths[dim < 0 ? dim + lengths.Length : dim];
    }

    /// <summary>Number of dimensions.</summary>
    public long dim() => Native.sw_dim(this);

    /// <summary>Number of dimensions.</summary>
    public long ndim => Native.sw_dim(this);

    /// <summary>Number of elements.</summary>
    public long numel() => Native.sw_numel(this);

    /// <summary>Number of elements.</summary>
    public long NumberOfElements => Native.sw_numel(this);

    /// <summary>Element type.</summary>
    public ScalarType dtype => (ScalarType)Native.sw_dtype(this);

    /// <summary>Where the elements are.</summary>
    public Device device => new((DeviceType)Native.sw_device_type(this), Native.sw_device_index(this));

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool is_contiguous() => Native.sw_is_contiguous(this) != 0;

    /// <summary>The only element.</summary>
    /// <exception cref="ArgumentException">there is not exactly one element, or it is not a T</exception>
    public T item<T>() where T : unmanaged
    {
        if (numel() != 1) throw new ArgumentException($"item: {Describe()} has {numel()} elements, expected 1");
        Span<T> one = stackalloc T[1];
        copy_to(one);
        return one[0];
    }

    /// <summary>All elements in row-major order, copied.</summary>
    /// <exception cref="ArgumentException">the elements are not of type T</exception>
    public T[] data<T>() where T : unmanaged
    {
        var elements = new T[numel()];
        copy_to(elements.AsSpan());
        return elements;
    }

    /// <summary>Copies all elements in row-major order.</summary>
    /// <exception cref="ArgumentException">the elements are not of type T, or the span has another length</exception>
    public unsafe void copy_to<T>(Span<T> destination) where T : unmanaged
    {
        CheckElements<T>(destination.Length);
        fixed (T* pointer = destination) Errors.Check(Native.sw_copy_out(this, pointer, (long)destination.Length * sizeof(T)), this);
    }

    /// <summary>Replaces all elements, given in row-major order; no gradient is recorded.</summary>
    /// <exception cref="ArgumentException">the elements are not of type T, or the span has another length</exception>
    public unsafe Tensor copy_from<T>(ReadOnlySpan<T> source) where T : unmanaged
    {
        CheckElements<T>(source.Length);
        fixed (T* pointer = source) Errors.Check(Native.sw_copy_in(this, pointer, (long)source.Length * sizeof(T)), this);
        return this;
    }

    /// <summary>The raw little-endian bytes of all elements in row-major order.</summary>
    internal unsafe void CopyBytes(Span<byte> destination)
    {
        fixed (byte* pointer = destination) Errors.Check(Native.sw_copy_out(this, pointer, destination.Length), this);
    }

    /// <summary>The only element as a double, whatever its type.</summary>
    public double ToDouble()
    {
        using var converted = Single(ScalarType.Float64);
        return converted.item<double>();
    }

    /// <summary>The only element as a float, whatever its type.</summary>
    public float ToSingle() => (float)ToDouble();

    /// <summary>The only element as an integer, whatever its type; fractions are cut off.</summary>
    public long ToInt64()
    {
        using var converted = Single(ScalarType.Int64);
        return converted.item<long>();
    }

    /// <summary>The only element as an integer, whatever its type; fractions are cut off.</summary>
    public int ToInt32() => checked((int)ToInt64());

    /// <summary>Whether the only element is not 0.</summary>
    public bool ToBoolean()
    {
        using var converted = Single(ScalarType.Bool);
        return converted.item<bool>();
    }

    /// <inheritdoc/>
    public override string ToString() => IsClosed ? "Tensor (disposed)" : Describe();

    internal string Describe() => IsClosed
        ? "disposed tensor"
        : $"{dtype}[{string.Join(", ", shape)}]{(device.type == DeviceType.CPU ? "" : $" on {device}")}";

    private Tensor Single(ScalarType type, [CallerMemberName] string operation = "")
    {
        if (numel() != 1) throw new ArgumentException($"{operation}: {Describe()} has {numel()} elements, expected 1");
        return to_type(type);
    }

    private void CheckElements<T>(int count) where T : unmanaged
    {
        if (ScalarTypes.Of<T>() != dtype)
            throw new ArgumentException($"{Describe()} has elements of type {dtype}, not {typeof(T).Name}");
        if (numel() != count)
            throw new ArgumentException($"{Describe()} has {numel()} elements, the span {count}");
    }
}
