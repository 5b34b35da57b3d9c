namespace Sweeps.ModelCore.Torch;

/// <summary>
/// Disposes the tensors that were made on its thread since it began, except those taken out. Scopes nest; open one with
/// <see cref="torch.NewDisposeScope"/> in a using statement. A scope belongs to the thread that opened it and must not cross an await.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? t_current;

    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly DisposeScope? _outer;
    private readonly List<Tensor> _tensors = [];
    private bool _disposed;

    internal DisposeScope()
    {
        _outer = t_current;
        t_current = this;
    }

    internal static DisposeScope? Current => t_current;

    /// <summary>Number of tensors that the scope would dispose now.</summary>
    public int Count => _tensors.Count;

    /// <summary>Puts a tensor under this scope, taking it from the scope it is in.</summary>
    /// <returns>the tensor</returns>
    public Tensor Attach(Tensor tensor)
    {
        CheckUsable();
        tensor.Scope?.Remove(tensor);
        tensor.Scope = this;
        tensor.ScopeIndex = _tensors.Count;
        _tensors.Add(tensor);
        return tensor;
    }

    /// <summary>Takes a tensor out of all scopes: the caller disposes it.</summary>
    /// <returns>the tensor</returns>
    public Tensor Detach(Tensor tensor)
    {
        CheckUsable();
        tensor.Scope?.Remove(tensor);
        return tensor;
    }

    /// <summary>Lets a tensor outlive this scope: the enclosing scope, or where there is none the caller, disposes it.</summary>
    /// <returns>the tensor</returns>
    public Tensor MoveToOuter(Tensor tensor)
    {
        CheckUsable();
        return _outer is null ? Detach(tensor) : _outer.Attach(tensor);
    }

    /// <summary>The same as <see cref="MoveToOuter"/>, read at the end of a computation: <c>return scope.Keep(loss);</c></summary>
    public Tensor Keep(Tensor tensor) => MoveToOuter(tensor);

    internal DisposeScope? Outer => _outer;

    internal void Remove(Tensor tensor)
    {
        CheckThread();
        var last = _tensors[^1];
        _tensors[tensor.ScopeIndex] = last;
        last.ScopeIndex = tensor.ScopeIndex;
        _tensors.RemoveAt(_tensors.Count - 1);
        tensor.Scope = null;
    }

    /// <summary>Disposes the tensors of the scope.</summary>
    /// <exception cref="InvalidOperationException">called on another thread, or while an inner scope is open</exception>
    public void Dispose()
    {
        if (_disposed) return;
        CheckThread();
        if (t_current != this) throw new InvalidOperationException("a DisposeScope opened inside this one is still open");
        _disposed = true;
        t_current = _outer;
        for (var i = _tensors.Count - 1; i >= 0; i--)
        {
            _tensors[i].Scope = null;
            _tensors[i].Dispose();
        }

        _tensors.Clear();
    }

    private void CheckUsable()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        CheckThread();
    }

    private void CheckThread()
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            throw new InvalidOperationException(
                $"a DisposeScope of thread {_thread} was used on thread {Environment.CurrentManagedThreadId}: scopes must not cross threads or awaits");
        }
    }
}
