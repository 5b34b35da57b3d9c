using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

// Views, joins, selection.
public sealed partial class Tensor
{
    public Tensor reshape(params ReadOnlySpan<long> shape) => Result(Native.sw_reshape(this, shape, shape.Length), this);

    public Tensor view(params ReadOnlySpan<long> shape) => Result(Native.sw_view(this, shape, shape.Length), this);

    public Tensor expand(params ReadOnlySpan<long> sizes) => Result(Native.sw_expand(this, sizes, sizes.Length), this);

    public Tensor expand_as(Tensor other) => expand(other.shape);

    public Tensor repeat(params ReadOnlySpan<long> sizes) => Result(Native.sw_repeat(this, sizes, sizes.Length), this);

    public Tensor permute(params ReadOnlySpan<long> order) => Result(Native.sw_permute(this, order, order.Length), this);

    public Tensor flip(params ReadOnlySpan<long> dims) => Result(Native.sw_flip(this, dims, dims.Length), this);

    public Tensor transpose(long dim0, long dim1) => Result(Native.sw_transpose(this, dim0, dim1), this);

    public Tensor t() => Result(Native.sw_t(this), this);

    public Tensor mT => transpose(-2, -1);

    public Tensor unsqueeze(long dim) => Result(Native.sw_unsqueeze(this, dim), this);

    public Tensor squeeze() => Result(Native.sw_squeeze(this), this);

    public Tensor squeeze(long dim) => Result(Native.sw_squeeze_dim(this, dim), this);

    public Tensor flatten(long start_dim = 0, long end_dim = -1) => Result(Native.sw_flatten(this, start_dim, end_dim), this);

    public Tensor narrow(long dim, long start, long length) => Result(Native.sw_narrow(this, dim, start, length), this);

    public Tensor slice(long dim, long start, long finish, long step)
        => Result(Native.sw_slice(this, dim, start, finish, step), this);

    public Tensor select(long dim, long index) => Result(Native.sw_select(this, dim, index), this);

    public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1)
        => Result(Native.sw_diagonal(this, offset, dim1, dim2), this);

    public Tensor tril(long diagonal = 0) => Result(Native.sw_tril(this, diagonal), this);

    public Tensor triu(long diagonal = 0) => Result(Native.sw_triu(this, diagonal), this);

    public Tensor as_strided(ReadOnlySpan<long> size, ReadOnlySpan<long> strides, long storageOffset = 0)
        => Result(Native.sw_as_strided(this, size, size.Length, strides, storageOffset), this);

    /// <summary>Views of <paramref name="split_size"/> along a dimension; the last may be shorter.</summary>
    public Tensor[] split(long split_size, long dim = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(split_size, 1);
        var length = size((int)dim);
        var parts = new Tensor[Math.Max(1, (length + split_size - 1) / split_size)];
        for (var i = 0; i < parts.Length; i++)
        {
            var start = i * split_size;
            parts[i] = narrow(dim, start, Math.Min(split_size, length - start));
        }

        return parts;
    }

    /// <summary>Views of the given lengths along a dimension.</summary>
    public Tensor[] split(ReadOnlySpan<long> split_sizes, long dim = 0)
    {
        var parts = new Tensor[split_sizes.Length];
        var start = 0L;
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = narrow(dim, start, split_sizes[i]);
            start += split_sizes[i];
        }

        return parts;
    }

    public Tensor[] chunk(long chunks, long dim = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(chunks, 1);
        return split(Math.Max(1, (size((int)dim) + chunks - 1) / chunks), dim);
    }

    public Tensor[] unbind(long dim = 0)
    {
        var parts = new Tensor[size((int)dim)];
        for (var i = 0; i < parts.Length; i++) parts[i] = select(dim, i);
        return parts;
    }

    public Tensor index_select(long dim, Tensor index) => Result(Native.sw_index_select(this, dim, index), this, index);

    public Tensor gather(long dim, Tensor index) => Result(Native.sw_gather(this, dim, index), this, index);

    public Tensor scatter(long dim, Tensor index, Tensor src) => Result(Native.sw_scatter(this, dim, index, src), this, index, src);

    public Tensor scatter_(long dim, Tensor index, Tensor src)
        => Changed(Native.sw_scatter_(this, dim, index, src), index, src);

    public Tensor scatter_(long dim, Tensor index, Scalar value)
        => Changed(Native.sw_scatter_scalar_(this, dim, index, value), index);

    public Tensor scatter_add_(long dim, Tensor index, Tensor src)
        => Changed(Native.sw_scatter_add_(this, dim, index, src), index, src);

    public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha)
        => Changed(Native.sw_index_add_(this, dim, index, source, alpha), index, source);

    public Tensor index_add_(long dim, Tensor index, Tensor source) => index_add_(dim, index, source, 1);

    public Tensor masked_select(Tensor mask) => Result(Native.sw_masked_select(this, mask), this, mask);

    /// <summary>Advanced indexing; a null index stands for a whole dimension.</summary>
    public Tensor index(params IReadOnlyList<Tensor?> indices)
    {
        using var handles = new Handles(indices);
        return Result(Native.sw_index(this, handles.Span, handles.Span.Length), this, indices.FirstOrDefault(i => i is not null));
    }

    /// <summary>Writes (or with <paramref name="accumulate"/> adds) values where the indices point; a null index stands for a whole dimension.</summary>
    public Tensor index_put_(Tensor value, IReadOnlyList<Tensor?> indices, bool accumulate = false)
    {
        using var handles = new Handles(indices);
        return Changed(Native.sw_index_put_(this, handles.Span, handles.Span.Length, value, Int(accumulate)), value);
    }
}
