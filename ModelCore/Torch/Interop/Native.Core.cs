using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>Errors, handles, metadata, copying.</summary>
internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial int sw_last_error_kind();

    [LibraryImport(Library)]
    internal static partial nint sw_last_error();

    [LibraryImport(Library)]
    internal static partial long sw_live_handles();

    [LibraryImport(Library)]
    internal static partial void sw_free(nint t);

    [LibraryImport(Library)]
    internal static partial long sw_dim(Tensor t);

    [LibraryImport(Library)]
    internal static partial long sw_numel(Tensor t);

    [LibraryImport(Library)]
    internal static partial int sw_dtype(Tensor t);

    [LibraryImport(Library)]
    internal static partial int sw_device_type(Tensor t);

    [LibraryImport(Library)]
    internal static partial int sw_device_index(Tensor t);

    [LibraryImport(Library)]
    internal static partial int sw_is_contiguous(Tensor t);

    [LibraryImport(Library)]
    internal static partial void sw_shape(Tensor t, Span<long> output);

    [LibraryImport(Library)]
    internal static partial void sw_strides(Tensor t, Span<long> output);

    [LibraryImport(Library)]
    internal static unsafe partial nint sw_from_data(void* data, ReadOnlySpan<long> shape, long dims, int dtype, int device_type, int device_index);

    [LibraryImport(Library)]
    internal static unsafe partial int sw_copy_out(Tensor t, void* output, long bytes);

    [LibraryImport(Library)]
    internal static unsafe partial int sw_copy_in(Tensor t, void* data, long bytes);

    [LibraryImport(Library)]
    internal static partial nint sw_as_strided(Tensor t, ReadOnlySpan<long> shape, long dims, ReadOnlySpan<long> strides, long offset);

    [LibraryImport(Library)]
    internal static partial nint sw_data_ptr(Tensor t);

    [LibraryImport(Library)]
    internal static partial void sw_install_allocator();

    [LibraryImport(Library)]
    internal static partial void sw_set_memory_budget(long bytes);

    [LibraryImport(Library)]
    internal static partial void sw_reset_peak_memory();

    [LibraryImport(Library)]
    internal static partial void sw_empty_cache();

    [LibraryImport(Library)]
    internal static partial void sw_memory_stats(Span<long> output);
}
