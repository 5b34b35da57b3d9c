namespace Sweeps.ModelCore.Torch;

// Index expressions.
public sealed partial class Tensor
{
    /// <summary>
    /// As in Python: numbers, ranges, <see cref="TensorIndex.Ellipsis"/>, <see cref="TensorIndex.None"/> and tensors of positions or
    /// masks. Reading gives a view, or with tensors a copy; writing broadcasts.
    /// </summary>
    public Tensor this[params ReadOnlySpan<TensorIndex> indices]
    {
        get
        {
            var (view, tensors) = Basic(indices);
            if (tensors is null) return view;
            using (view) return view.index(tensors);
        }

        set
        {
            var (view, tensors) = Basic(indices);
            using (view)
            {
                if (tensors is null) view.copy_(value);
                else view.index_put_(value, tensors);
            }
        }
    }

    // Applies everything but the tensors, which stay for the dimensions of the view that they stand at.
    private (Tensor View, List<Tensor?>? Tensors) Basic(ReadOnlySpan<TensorIndex> indices)
    {
        var consumed = 0L;
        foreach (var index in indices) consumed += Consumes(index);
        var view = alias();
        List<Tensor?>? tensors = null;
        var dimension = 0L;
        var listed = 0L;
        foreach (var index in indices)
        {
            switch (index.What)
            {
                case TensorIndex.Kind.Single:
                    Replace(ref view, view.select(dimension, index.Start));
                    break;
                case TensorIndex.Kind.Slice:
                    Replace(ref view, view.slice(dimension++, index.Start, index.Stop ?? long.MaxValue, index.Step));
                    break;
                case TensorIndex.Kind.NewAxis:
                    Replace(ref view, view.unsqueeze(dimension++));
                    break;
                case TensorIndex.Kind.Ellipsis:
                    dimension += ndim - consumed;
                    break;
                default:
                    tensors ??= [];
                    for (; listed < dimension; listed++) tensors.Add(null);
                    tensors.Add(index.Indices);
                    dimension = listed += Consumes(index);
                    break;
            }
        }

        return (view, tensors);
    }

    private static long Consumes(TensorIndex index) => index.What switch
    {
        TensorIndex.Kind.Ellipsis or TensorIndex.Kind.NewAxis => 0,
        TensorIndex.Kind.Tensor when index.Indices!.dtype == ScalarType.Bool => index.Indices.ndim,
        _ => 1,
    };

    private static void Replace(ref Tensor view, Tensor next)
    {
        view.Dispose();
        view = next;
    }
}
