using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

// Sums, means, extremes, order. An empty list of dimensions means all of them.
public sealed partial class Tensor
{
    public Tensor sum() => sum([]);

    public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);

    public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null)
        => Result(Native.sw_sum(this, dim, dim.Length, Int(keepdim), Int(type)), this);

    public Tensor mean() => mean([]);

    public Tensor mean(long dim, bool keepdim = false, ScalarType? type = null) => mean([dim], keepdim, type);

    public Tensor mean(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null)
        => Result(Native.sw_mean(this, dim, dim.Length, Int(keepdim), Int(type)), this);

    public Tensor var(bool unbiased = true) => var([], unbiased);

    public Tensor var(long dim, bool unbiased = true, bool keepdim = false) => var([dim], unbiased, keepdim);

    public Tensor var(ReadOnlySpan<long> dim, bool unbiased = true, bool keepdim = false)
        => Result(Native.sw_var(this, dim, dim.Length, Int(unbiased), Int(keepdim)), this);

    public Tensor std(bool unbiased = true) => std([], unbiased);

    public Tensor std(long dim, bool unbiased = true, bool keepdim = false) => std([dim], unbiased, keepdim);

    public Tensor std(ReadOnlySpan<long> dim, bool unbiased = true, bool keepdim = false)
        => Result(Native.sw_std(this, dim, dim.Length, Int(unbiased), Int(keepdim)), this);

    public Tensor norm() => norm(2, []);

    public Tensor norm(Scalar p) => norm(p, []);

    public Tensor norm(Scalar p, ReadOnlySpan<long> dim, bool keepdim = false)
        => Result(Native.sw_norm(this, p, dim, dim.Length, Int(keepdim)), this);

    public Tensor amax(ReadOnlySpan<long> dim, bool keepdim = false)
        => Result(Native.sw_amax(this, dim, dim.Length, Int(keepdim)), this);

    public Tensor amin(ReadOnlySpan<long> dim, bool keepdim = false)
        => Result(Native.sw_amin(this, dim, dim.Length, Int(keepdim)), this);

    public Tensor logsumexp(long dim, bool keepdim = false)
        => Result(Native.sw_logsumexp(this, [dim], 1, Int(keepdim)), this);

    public Tensor max() => Result(Native.sw_max(this), this);

    public Tensor min() => Result(Native.sw_min(this), this);

    public (Tensor values, Tensor indices) max(long dim, bool keepdim = false)
    {
        Check(Native.sw_max_dim(this, dim, Int(keepdim), out var values, out var indices), this);
        return (new Tensor(values), new Tensor(indices));
    }

    public (Tensor values, Tensor indices) min(long dim, bool keepdim = false)
    {
        Check(Native.sw_min_dim(this, dim, Int(keepdim), out var values, out var indices), this);
        return (new Tensor(values), new Tensor(indices));
    }

    public (Tensor values, Tensor indices) topk(int k, int dim = -1, bool largest = true, bool sorted = true)
    {
        Check(Native.sw_topk(this, k, dim, Int(largest), Int(sorted), out var values, out var indices), this);
        return (new Tensor(values), new Tensor(indices));
    }

    public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false)
    {
        Check(Native.sw_sort(this, dim, Int(descending), Int(stable), out var values, out var indices), this);
        return (new Tensor(values), new Tensor(indices));
    }

    public Tensor argsort(long dim = -1, bool descending = false, bool stable = false)
    {
        var (values, indices) = sort(dim, descending, stable);
        values.Dispose();
        return indices;
    }

    /// <summary>The k-th smallest along a dimension; k counts from 1.</summary>
    public (Tensor values, Tensor indices) kthvalue(long k, long dim = -1, bool keepdim = false)
    {
        Check(Native.sw_kthvalue(this, k, dim, Int(keepdim), out var values, out var indices), this);
        return (new Tensor(values), new Tensor(indices));
    }

    public Tensor argmax() => Result(Native.sw_argmax(this, 0, 0, 0), this);

    public Tensor argmax(long dim, bool keepdim = false) => Result(Native.sw_argmax(this, dim, 1, Int(keepdim)), this);

    public Tensor argmin() => Result(Native.sw_argmin(this, 0, 0, 0), this);

    public Tensor argmin(long dim, bool keepdim = false) => Result(Native.sw_argmin(this, dim, 1, Int(keepdim)), this);

    public Tensor any() => Result(Native.sw_any(this), this);

    public Tensor any(long dim, bool keepdim = false) => Result(Native.sw_any_dim(this, dim, Int(keepdim)), this);

    public Tensor all() => Result(Native.sw_all(this), this);

    public Tensor all(long dim, bool keepdim = false) => Result(Native.sw_all_dim(this, dim, Int(keepdim)), this);

    public Tensor cumsum(long dim) => Result(Native.sw_cumsum(this, dim), this);

    public Tensor count_nonzero(params ReadOnlySpan<long> dims) => Result(Native.sw_count_nonzero(this, dims, dims.Length), this);

    public Tensor nonzero() => Result(Native.sw_nonzero(this), this);

    public Tensor bincount(long minlength = 0) => Result(Native.sw_bincount(this, minlength), this);

    private static int Int(bool value) => value ? 1 : 0;

    private static int Int(ScalarType? type) => type is { } t ? (int)t : -1;
}
