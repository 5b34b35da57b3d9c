using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>Handles of several tensors at once, kept valid until disposed.</summary>
internal readonly struct Handles : IDisposable
{
    private readonly IReadOnlyList<Tensor?> _tensors;
    private readonly nint[] _handles;
    private readonly int _held;

    /// <exception cref="ObjectDisposedException">one of the tensors is disposed</exception>
    internal Handles(IReadOnlyList<Tensor?> tensors)
    {
        _tensors = tensors;
        _handles = new nint[tensors.Count];
        try
        {
            for (; _held < tensors.Count; _held++)
            {
                if (tensors[_held] is not { } tensor) continue;
                var held = false;
                tensor.DangerousAddRef(ref held);
                _handles[_held] = tensor.DangerousGetHandle();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal ReadOnlySpan<nint> Span => _handles;

    public void Dispose()
    {
        for (var i = 0; i < _held; i++) _tensors[i]?.DangerousRelease();
    }
}

/// <summary>The handle of a tensor that may be missing, 0 then.</summary>
internal readonly struct OptionalHandle : IDisposable
{
    private readonly SafeHandle? _tensor;

    internal OptionalHandle(Tensor? tensor)
    {
        var held = false;
        tensor?.DangerousAddRef(ref held);
        _tensor = tensor;
    }

    internal nint Value => _tensor?.DangerousGetHandle() ?? 0;

    public void Dispose() => _tensor?.DangerousRelease();
}
