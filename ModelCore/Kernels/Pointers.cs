using System.Runtime.InteropServices;
using Sweeps.ModelCore.Kernels.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Kernels;

/// <summary>Where tensors have their values, for the native functions. The tensor must live as long as the address is used.</summary>
internal static unsafe partial class Pointers
{
    /// <summary>The first value of a contiguous float32 tensor on the CPU; null of none.</summary>
    /// <exception cref="ArgumentException">the tensor is of another kind</exception>
    internal static float* Floats(Tensor? tensor) => tensor is null ? null : (float*)Address(tensor, ScalarType.Float32);

    /// <summary>The first value of a contiguous int64 tensor on the CPU; null of none.</summary>
    /// <exception cref="ArgumentException">the tensor is of another kind</exception>
    internal static long* Longs(Tensor? tensor) => tensor is null ? null : (long*)Address(tensor, ScalarType.Int64);

    /// <summary>The first value of a contiguous int16 tensor, as the bits that say what was kept.</summary>
    internal static ushort* Words(Tensor tensor) => (ushort*)Address(tensor, ScalarType.Int16);

    /// <summary>
    /// A float32 tensor on the CPU as rows of its last dimension; <paramref name="tensor"/> becomes a copy where it cannot be read as it
    /// lies.
    /// </summary>
    internal static NativeRows Rows(ref Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU || tensor.dim() == 0)
            throw new ArgumentException($"expected a float32 tensor with a dimension on the CPU, found {tensor}");
        long[] shape = tensor.shape, strides = tensor.stride();
        long d = shape[^1], n = 1;
        foreach (var size in shape.AsSpan(0, shape.Length - 1)) n *= size;
        // Without a copy where all but the last dimension are one, as in a slice of the channels.
        long stride = d, expected = 0;
        bool regular = d <= 1 || strides[^1] == 1, inner = true;
        for (var i = shape.Length - 2; i >= 0; i--)
        {
            if (shape[i] == 1) continue;
            if (inner) stride = strides[i];
            else regular = regular && strides[i] == expected;
            inner = false;
            expected = strides[i] * shape[i];
        }
        if (!regular || stride < d) (tensor, stride) = (tensor.contiguous(), d);
        return new NativeRows { Data = (float*)THSTensor_data(tensor.Handle), Count = n, Width = d, Stride = stride };
    }

    private static nint Address(Tensor tensor, ScalarType type)
    {
        if (tensor.dtype != type || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
            throw new ArgumentException($"expected a contiguous tensor of {type} on the CPU, found {tensor}");
        return THSTensor_data(tensor.Handle);
    }

    // TorchSharp's own export, and the quickest way: the address alone, without an object.
    [LibraryImport("LibTorchSharp")]
    private static partial nint THSTensor_data(nint tensor);
}
