using System.Runtime.InteropServices;
using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

/// <summary>
/// The frozen weight of a linear map, by its entries that are not zero: for <see cref="torch.nn.functional.sparse_linear"/>. It is a copy, so later changes of the
/// dense weight do not reach it. Several threads may use it at once. No <see cref="DisposeScope"/> disposes it: the caller does; graphs made with it stay valid.
/// </summary>
public sealed class SparseWeight : SafeHandle
{
    /// <summary>Collects the entries that are not zero. NaN is not zero.</summary>
    /// <param name="weight">(out, in), Float32 on the CPU</param>
    /// <exception cref="TorchException">the weight is of another kind</exception>
    public SparseWeight(Tensor weight) : base(0, ownsHandle: true)
    {
        SetHandle(Native.sw_sparse_weight(weight));
        if (IsInvalid) throw Failure(nameof(SparseWeight), weight);
        out_features = Native.sw_sparse_weight_rows(this);
        in_features = Native.sw_sparse_weight_cols(this);
        nnz = Native.sw_sparse_weight_entries(this);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Width of the outputs.</summary>
    public long out_features { get; }

    /// <summary>Width of the inputs.</summary>
    public long in_features { get; }

    /// <summary>Number of entries that are not zero.</summary>
    public long nnz { get; }

    /// <summary>Their share of all entries; 0 where there are none at all.</summary>
    public double density => nnz / Math.Max(1.0, (double)out_features * in_features);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Native.sw_sparse_weight_free(handle);
        return true;
    }
}
