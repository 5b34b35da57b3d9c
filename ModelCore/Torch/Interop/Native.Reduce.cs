using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>Sums, extremes, order.</summary>
internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint sw_sum(Tensor t, ReadOnlySpan<long> dims, long n, int keepdim, int dtype);

    [LibraryImport(Library)]
    internal static partial nint sw_mean(Tensor t, ReadOnlySpan<long> dims, long n, int keepdim, int dtype);

    [LibraryImport(Library)]
    internal static partial nint sw_var(Tensor t, ReadOnlySpan<long> dims, long n, int unbiased, int keepdim);

    [LibraryImport(Library)]
    internal static partial nint sw_std(Tensor t, ReadOnlySpan<long> dims, long n, int unbiased, int keepdim);

    [LibraryImport(Library)]
    internal static partial nint sw_norm(Tensor t, Scalar p, ReadOnlySpan<long> dims, long n, int keepdim);

    [LibraryImport(Library)]
    internal static partial nint sw_amax(Tensor t, ReadOnlySpan<long> dims, long n, int keepdim);

    [LibraryImport(Library)]
    internal static partial nint sw_amin(Tensor t, ReadOnlySpan<long> dims, long n, int keepdim);

    [LibraryImport(Library)]
    internal static partial nint sw_logsumexp(Tensor t, ReadOnlySpan<long> dims, long n, int keepdim);

    [LibraryImport(Library)]
    internal static partial nint sw_max(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_min(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_argmax(Tensor t, long dim, int with_dim, int keepdim);

    [LibraryImport(Library)]
    internal static partial nint sw_argmin(Tensor t, long dim, int with_dim, int keepdim);

    [LibraryImport(Library)]
    internal static partial nint sw_any(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_any_dim(Tensor t, long dim, int keepdim);

    [LibraryImport(Library)]
    internal static partial nint sw_all(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_all_dim(Tensor t, long dim, int keepdim);

    [LibraryImport(Library)]
    internal static partial nint sw_cumsum(Tensor t, long dim);

    [LibraryImport(Library)]
    internal static partial nint sw_count_nonzero(Tensor t, ReadOnlySpan<long> dims, long n);

    [LibraryImport(Library)]
    internal static partial nint sw_nonzero(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_bincount(Tensor t, long minlength);

    [LibraryImport(Library)]
    internal static partial int sw_max_dim(Tensor t, long dim, int keepdim, out nint values, out nint indices);

    [LibraryImport(Library)]
    internal static partial int sw_min_dim(Tensor t, long dim, int keepdim, out nint values, out nint indices);

    [LibraryImport(Library)]
    internal static partial int sw_topk(Tensor t, long k, long dim, int largest, int sorted, out nint values, out nint indices);

    [LibraryImport(Library)]
    internal static partial int sw_sort(Tensor t, long dim, int descending, int stable, out nint values, out nint indices);

    [LibraryImport(Library)]
    internal static partial int sw_kthvalue(Tensor t, long k, long dim, int keepdim, out nint values, out nint indices);
}
