using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>Tensors from nothing, and copies.</summary>
internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint sw_empty(ReadOnlySpan<long> shape, long dims, int dtype, int device_type, int device_index);

    [LibraryImport(Library)]
    internal static partial nint sw_zeros(ReadOnlySpan<long> shape, long dims, int dtype, int device_type, int device_index);

    [LibraryImport(Library)]
    internal static partial nint sw_full(ReadOnlySpan<long> shape, long dims, Scalar value, int dtype, int device_type, int device_index);

    [LibraryImport(Library)]
    internal static partial nint sw_arange(Scalar start, Scalar stop, Scalar step, int dtype, int device_type, int device_index);

    [LibraryImport(Library)]
    internal static partial nint sw_eye(long rows, long columns, int dtype, int device_type, int device_index);

    [LibraryImport(Library)]
    internal static partial nint sw_rand(ReadOnlySpan<long> shape, long dims, nint g, int dtype, int device_type, int device_index);

    [LibraryImport(Library)]
    internal static partial nint sw_randn(ReadOnlySpan<long> shape, long dims, nint g, int dtype, int device_type, int device_index);

    [LibraryImport(Library)]
    internal static partial nint sw_randint(long low, long high, ReadOnlySpan<long> shape, long dims, nint g, int dtype, int device_type, int device_index);

    [LibraryImport(Library)]
    internal static partial nint sw_randperm(long n, nint g, int dtype, int device_type, int device_index);

    [LibraryImport(Library)]
    internal static partial nint sw_multinomial(Tensor weights, long samples, int replacement, nint g);

    [LibraryImport(Library)]
    internal static partial nint sw_full_like(Tensor t, Scalar value, int dtype);

    [LibraryImport(Library)]
    internal static partial int sw_normal_(Tensor t, double mean, double std, nint g);

    [LibraryImport(Library)]
    internal static partial int sw_uniform_(Tensor t, double low, double high, nint g);

    [LibraryImport(Library)]
    internal static partial int sw_bernoulli_(Tensor t, double p, nint g);

    [LibraryImport(Library)]
    internal static partial nint sw_clone(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_contiguous(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_to_dtype(Tensor t, int dtype);

    [LibraryImport(Library)]
    internal static partial nint sw_to_device(Tensor t, int device_type, int device_index);

    [LibraryImport(Library)]
    internal static partial int sw_copy_(Tensor t, Tensor source);
}
