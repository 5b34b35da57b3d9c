namespace Sweeps.ModelCore.Torch;

/// <summary>One place of an index expression such as <c>t[0, .., ^1]</c> or <c>t[TensorIndex.Ellipsis, 0]</c>.</summary>
public readonly struct TensorIndex
{
    internal enum Kind
    {
        Single,
        Slice,
        Ellipsis,
        NewAxis,
        Tensor,
    }

    internal Kind What { get; private init; }

    internal long Start { get; private init; }

    internal long? Stop { get; private init; }

    internal long Step { get; private init; }

    internal Tensor? Indices { get; private init; }

    /// <summary>As many whole dimensions as needed.</summary>
    public static TensorIndex Ellipsis => new() { What = Kind.Ellipsis };

    /// <summary>A new dimension of length 1.</summary>
    public static TensorIndex None => new() { What = Kind.NewAxis };

    /// <summary>A whole dimension.</summary>
    public static TensorIndex Colon => Slice();

    /// <summary>Part of a dimension; negative positions count from the end.</summary>
    public static TensorIndex Slice(long start = 0, long? stop = null, long step = 1)
        => new() { What = Kind.Slice, Start = start, Stop = stop, Step = step };

    /// <summary>One position, which removes the dimension.</summary>
    public static TensorIndex Single(long index) => new() { What = Kind.Single, Start = index };

    /// <summary>Positions (Int64) or a mask (Bool).</summary>
    public static TensorIndex Tensor(Tensor indices) => new() { What = Kind.Tensor, Indices = indices };

    /// <inheritdoc cref="Single"/>
    public static implicit operator TensorIndex(long index) => Single(index);

    /// <inheritdoc cref="Single"/>
    public static implicit operator TensorIndex(int index) => Single(index);

    /// <inheritdoc cref="Single"/>
    public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -(long)index.Value : index.Value);

    /// <summary>Part of a dimension.</summary>
    public static implicit operator TensorIndex(Range range) => Slice(
        range.Start.IsFromEnd ? -(long)range.Start.Value : range.Start.Value,
        range.End.IsFromEnd ? (range.End.Value == 0 ? null : -(long)range.End.Value) : range.End.Value);

    /// <inheritdoc cref="Tensor"/>
    public static implicit operator TensorIndex(Tensor indices) => Tensor(indices);
}
