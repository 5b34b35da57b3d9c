using System.Runtime.InteropServices;
using Sweeps.ModelCore.Torch.Interop;

namespace Sweeps.ModelCore.Torch;

/// <summary>
/// An n-dimensional array of libtorch. Members are named as in PyTorch and TorchSharp, and mean the same. Every operation returns a
/// new tensor (possibly a view of the same memory) that the current <see cref="DisposeScope"/> or else the caller disposes;
/// operations whose name ends in _ change the tensor and return it.
/// </summary>
public sealed partial class Tensor : SafeHandle
{
    internal Tensor(nint handle) : base(0, ownsHandle: true)
    {
        SetHandle(handle);
        DisposeScope.Current?.Attach(this);
    }

    /// <summary>Number of tensors alive in this process, those of native code's own making excepted.</summary>
    public static long TotalCount => Native.sw_live_handles();

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    internal DisposeScope? Scope { get; set; }

    internal int ScopeIndex { get; set; }

    /// <summary>Lets the tensor outlive the innermost scope.</summary>
    public Tensor MoveToOuterDisposeScope()
    {
        if (Scope is { } scope) scope.MoveToOuter(this);
        return this;
    }

    /// <summary>Takes the tensor out of all scopes: the caller disposes it.</summary>
    public Tensor DetachFromDisposeScope()
    {
        Scope?.Remove(this);
        return this;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Scope?.Remove(this);
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Native.sw_free(handle);
        return true;
    }
}
