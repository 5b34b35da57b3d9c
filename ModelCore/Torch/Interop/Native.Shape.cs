using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>Views, joins, indexing.</summary>
internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint sw_reshape(Tensor t, ReadOnlySpan<long> shape, long dims);

    [LibraryImport(Library)]
    internal static partial nint sw_view(Tensor t, ReadOnlySpan<long> shape, long dims);

    [LibraryImport(Library)]
    internal static partial nint sw_expand(Tensor t, ReadOnlySpan<long> shape, long dims);

    [LibraryImport(Library)]
    internal static partial nint sw_repeat(Tensor t, ReadOnlySpan<long> times, long dims);

    [LibraryImport(Library)]
    internal static partial nint sw_permute(Tensor t, ReadOnlySpan<long> order, long dims);

    [LibraryImport(Library)]
    internal static partial nint sw_flip(Tensor t, ReadOnlySpan<long> dims, long n);

    [LibraryImport(Library)]
    internal static partial nint sw_transpose(Tensor t, long a, long b);

    [LibraryImport(Library)]
    internal static partial nint sw_t(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_unsqueeze(Tensor t, long dim);

    [LibraryImport(Library)]
    internal static partial nint sw_squeeze(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_squeeze_dim(Tensor t, long dim);

    [LibraryImport(Library)]
    internal static partial nint sw_flatten(Tensor t, long start, long end);

    [LibraryImport(Library)]
    internal static partial nint sw_narrow(Tensor t, long dim, long start, long length);

    [LibraryImport(Library)]
    internal static partial nint sw_slice(Tensor t, long dim, long start, long stop, long step);

    [LibraryImport(Library)]
    internal static partial nint sw_select(Tensor t, long dim, long index);

    [LibraryImport(Library)]
    internal static partial nint sw_diagonal(Tensor t, long offset, long a, long b);

    [LibraryImport(Library)]
    internal static partial nint sw_tril(Tensor t, long diagonal);

    [LibraryImport(Library)]
    internal static partial nint sw_triu(Tensor t, long diagonal);

    [LibraryImport(Library)]
    internal static partial nint sw_cat(ReadOnlySpan<nint> list, long n, long dim);

    [LibraryImport(Library)]
    internal static partial nint sw_stack(ReadOnlySpan<nint> list, long n, long dim);

    [LibraryImport(Library)]
    internal static partial nint sw_index_select(Tensor t, long dim, Tensor index);

    [LibraryImport(Library)]
    internal static partial nint sw_gather(Tensor t, long dim, Tensor index);

    [LibraryImport(Library)]
    internal static partial nint sw_scatter(Tensor t, long dim, Tensor index, Tensor source);

    [LibraryImport(Library)]
    internal static partial int sw_scatter_(Tensor t, long dim, Tensor index, Tensor source);

    [LibraryImport(Library)]
    internal static partial int sw_scatter_scalar_(Tensor t, long dim, Tensor index, Scalar value);

    [LibraryImport(Library)]
    internal static partial int sw_scatter_add_(Tensor t, long dim, Tensor index, Tensor source);

    [LibraryImport(Library)]
    internal static partial int sw_index_add_(Tensor t, long dim, Tensor index, Tensor source, Scalar alpha);

    [LibraryImport(Library)]
    internal static partial nint sw_masked_select(Tensor t, Tensor mask);

    [LibraryImport(Library)]
    internal static partial nint sw_index(Tensor t, ReadOnlySpan<nint> indices, long n);

    [LibraryImport(Library)]
    internal static partial int sw_index_put_(Tensor t, ReadOnlySpan<nint> indices, long n, Tensor values, int accumulate);
}
