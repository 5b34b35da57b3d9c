using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore;

/// <summary>What TorchSharp has no short form for: elements as C# values, and some operations with numbers.</summary>
internal static class TensorExtensions
{
    private const int BlockBytes = 1 << 30;

    /// <summary>All elements in row-major order, copied.</summary>
    /// <exception cref="ArgumentException">the elements are not of type T</exception>
    internal static T[] Values<T>(this Tensor tensor)
        where T : unmanaged
    {
        var elements = new T[tensor.numel()];
        tensor.CopyTo<T>(elements);
        return elements;
    }

    /// <summary>Copies all elements in row-major order.</summary>
    /// <exception cref="ArgumentException">the elements are not of type T, or the span has another length</exception>
    internal static void CopyTo<T>(this Tensor tensor, Span<T> destination)
        where T : unmanaged
    {
        if (tensor.dtype != TypeOf<T>())
            throw new ArgumentException($"{tensor.Describe()} has elements of type {tensor.dtype}, not {typeof(T).Name}");
        if (tensor.numel() != destination.Length)
            throw new ArgumentException($"{tensor.Describe()} has {tensor.numel()} elements, the span {destination.Length}");
        using var scope = torch.NewDisposeScope();
        var done = 0;
        foreach (var block in tensor.Blocks(BlockBytes))
        {
            var elements = MemoryMarshal.Cast<byte, T>(block.bytes);
            elements.CopyTo(destination[done..]);
            done += elements.Length;
        }
    }

    /// <summary>
    /// All elements in row-major order, as tensors on the CPU that are contiguous and of one dimension: parts of the tensor itself where
    /// that is both. They belong to the current scope.
    /// </summary>
    /// <param name="tensor">where gradients do not flow</param>
    /// <param name="bytes">of a block at most</param>
    internal static IEnumerable<Tensor> Blocks(this Tensor tensor, int bytes)
    {
        var flat = tensor.detach().reshape(-1);
        var (count, most) = (flat.numel(), bytes / flat.element_size());
        for (var start = 0L; start < count; start += most)
            yield return flat.narrow(0, start, Math.Min(most, count - start)).cpu().contiguous();
    }

    /// <summary>
    /// The numbers as a tensor on a device, which the CPU does not wait for: a copy to a GPU from memory that the system may move would
    /// first let the GPU finish all that it was given.
    /// </summary>
    internal static Tensor ToDevice(this long[] values, Device device)
    {
        var host = torch.tensor(values);
        if (device.type == DeviceType.CPU) return host;
        using (host)
        using (var pinned = host.pin_memory())
            return pinned.to(device, non_blocking: true);
    }

    /// <summary>Sets the elements at the given positions along a dimension to a number, in place.</summary>
    /// <returns>the tensor</returns>
    internal static Tensor ScatterValue(this Tensor tensor, long dim, Tensor index, double value)
    {
        using var number = torch.full([1], value, tensor.dtype, tensor.device);
        using var numbers = number.expand(index.shape);
        return tensor.scatter_(dim, index, numbers);
    }

    /// <summary>Whether both have the same shape and the same values.</summary>
    internal static bool IsSame(this Tensor tensor, Tensor other) => tensor.shape.SequenceEqual(other.shape) && tensor.Equals(other);

    /// <summary>Type, shape and device, for messages.</summary>
    internal static string Describe(this Tensor tensor)
    {
        var where = tensor.device_type == DeviceType.CPU ? "" : $" on {tensor.device}";
        return $"{tensor.dtype}[{string.Join(", ", tensor.shape)}]{where}";
    }

    private static ScalarType TypeOf<T>()
    {
        if (typeof(T) == typeof(float)) return ScalarType.Float32;
        if (typeof(T) == typeof(double)) return ScalarType.Float64;
        if (typeof(T) == typeof(long)) return ScalarType.Int64;
        if (typeof(T) == typeof(int)) return ScalarType.Int32;
        if (typeof(T) == typeof(byte)) return ScalarType.Byte;
        if (typeof(T) == typeof(bool)) return ScalarType.Bool;
        throw new NotSupportedException($"elements of type {typeof(T).Name} are not read");
    }
}
