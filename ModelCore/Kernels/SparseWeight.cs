using Sweeps.ModelCore.Kernels.Interop;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Kernels;

/// <summary>
/// The frozen weight of a linear map, by its entries that are not zero: for <see cref="Functions.sparse_linear"/>. It is a copy, so later
/// changes of the dense weight do not reach it. No scope disposes it: the caller does; graphs made with it stay valid.
/// </summary>
public sealed unsafe class SparseWeight : IDisposable
{
    private nint _handle;
    private bool _isInGraph;

    private SparseWeight(nint handle, long rows, long cols) => (_handle, out_features, in_features) = (handle, rows, cols);

    /// <summary>Of a dense weight.</summary>
    /// <param name="dense">(out, in)</param>
    /// <exception cref="ArgumentException">it is no float32 matrix on the CPU</exception>
    public SparseWeight(Tensor dense)
        : this(Collect(dense, int.MaxValue), dense.size(0), dense.size(1))
    {
        if (_handle == 0)
            throw new ArgumentException($"a sparse weight has at most {int.MaxValue} entries that are not zero", nameof(dense));
    }

    /// <summary>Frees the entries.</summary>
    ~SparseWeight() => Free();

    /// <summary>Width of the outputs.</summary>
    public long out_features { get; }

    /// <summary>Width of the inputs.</summary>
    public long in_features { get; }

    /// <summary>Number of entries that are not zero.</summary>
    public long nnz => NativeMethods.sw_sparse_weight_entries(_handle);

    /// <summary>Their share of all entries; 0 where there are none at all.</summary>
    public double density => nnz / Math.Max(1.0, (double)out_features * in_features);

    /// <summary>Of a dense weight; null where more than <paramref name="most"/> entries are not zero.</summary>
    internal static SparseWeight? Where(Tensor dense, long most)
    {
        var handle = Collect(dense, most);
        return handle == 0 ? null : new SparseWeight(handle, dense.size(0), dense.size(1));
    }

    /// <summary>x Wᵀ + bias, (..., in) → (..., out), without a graph.</summary>
    internal Tensor Multiply(Tensor x, Tensor? bias) => Apply(0, out_features, [x], bias);

    /// <summary>x W, (..., out) → (..., in), of x in equal pieces of its last dimension, without a graph.</summary>
    internal Tensor MultiplyTransposed(params ReadOnlySpan<Tensor> pieces) => Apply(1, in_features, pieces, null);

    /// <summary>A graph needs the entries: they live until the collector finds that it does no more.</summary>
    internal SparseWeight InGraph()
    {
        _isInGraph = true;
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isInGraph) return;
        Free();
        GC.SuppressFinalize(this);
    }

    private static nint Collect(Tensor dense, long most)
    {
        if (dense.dim() != 2) throw new ArgumentException($"expected a weight (out, in), found {dense}", nameof(dense));
        var own = dense;
        var rows = Pointers.Rows(ref own);
        nint handle;
        Status.Check(NativeMethods.sw_sparse_weight_new(&rows, most, &handle));
        if (!ReferenceEquals(own, dense)) own.Dispose();
        return handle;
    }

    private Tensor Apply(int transposed, long width, ReadOnlySpan<Tensor> pieces, Tensor? bias)
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        var own = pieces.ToArray();
        var rows = stackalloc NativeRows[own.Length];
        for (var i = 0; i < own.Length; i++) rows[i] = Pointers.Rows(ref own[i]);
        if (bias is not null && bias.numel() != width)
            throw new ArgumentException($"expected a bias of {width}, found {bias}", nameof(bias));
        long[] shape = pieces[0].shape;
        shape[^1] = width;
        var y = empty(shape);
        Status.Check(NativeMethods.sw_sparse_linear(_handle, transposed, rows, own.Length, Pointers.Floats(bias), Pointers.Floats(y)));
        for (var i = 0; i < own.Length; i++)
            if (!ReferenceEquals(own[i], pieces[i])) own[i].Dispose();
        return y;
    }

    private void Free()
    {
        if (_handle != 0) NativeMethods.sw_sparse_weight_free(_handle);
        _handle = 0;
    }
}
