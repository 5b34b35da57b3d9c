using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sweeps.Search.Carbs;

/// <summary>
/// The lower triangle L of K = L Lᵀ, grown row by row (Cholesky–Banachiewicz), packed: row i starts at i (i + 1) / 2.
/// MathNet's, at 256 rows, takes three times as long to factor and five times as long to solve: it solves with both triangles where one is
/// enough, and
/// has no way to append rows.
/// </summary>
/// <remarks>
/// Every sum has one order and every multiply-add is fused, whatever the width of the processor's vectors: results are the same bits
/// everywhere.
/// </remarks>
internal sealed class Cholesky(int capacity)
{
    /// <summary>Right-hand sides that <see cref="SolveLanes"/> takes at once.</summary>
    public const int Lanes = 8;

    private readonly double[] _packed = new double[Start(capacity)];

    public int Size { get; private set; }

    /// <summary>Half of the logarithm of K's determinant.</summary>
    public double HalfLogDeterminant
    {
        get
        {
            var sum = 0.0;
            for (var i = 0; i < Size; i++) sum += Math.Log(_packed[Start(i) + i]);
            return sum;
        }
    }

    /// <summary>Row <paramref name="i"/> of L, i + 1 values.</summary>
    public ReadOnlySpan<double> Row(int i) => _packed.AsSpan(Start(i), i + 1);

    /// <summary>Appends a row and column of K.</summary>
    /// <param name="covariances">with the rows there are, <see cref="Size"/> of them</param>
    /// <param name="variance">the diagonal, noise included</param>
    /// <exception cref="ArithmeticException">K would not be positive definite</exception>
    public void Append(ReadOnlySpan<double> covariances, double variance)
    {
        var row = _packed.AsSpan(Start(Size), Size + 1);
        covariances.CopyTo(row);
        Solve(row[..Size]);
        var pivot = variance - Dot(row[..Size], row[..Size]);
        if (!(pivot > 0))
            throw new ArithmeticException($"the covariance of {Size + 1} points is not positive definite: its last pivot is {pivot}");
        row[Size] = Math.Sqrt(pivot);
        Size++;
    }

    public void Solve(Span<double> b)
    {
        for (var i = 0; i < b.Length; i++)
        {
            var row = Row(i);
            b[i] = (b[i] - Dot(row[..i], b[..i])) / row[i];
        }
    }

    public void SolveTransposed(Span<double> b)
    {
        for (var i = b.Length - 1; i >= 0; i--)
        {
            var row = Row(i);
            var x = b[i] /= row[i];
            for (var j = 0; j < i; j++) b[j] = Math.FusedMultiplyAdd(-x, row[j], b[j]);
        }
    }

    /// <summary>
    /// Solves L X = B in place for <see cref="Lanes"/> right-hand sides that lie side by side: B is (Size, Lanes), row-major.
    /// </summary>
    public void SolveLanes(Span<double> b)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(b.Length, Size * Lanes);
        ref var x = ref Unsafe.As<double, Vector256<double>>(ref MemoryMarshal.GetReference(b));
        ref var packed = ref MemoryMarshal.GetArrayDataReference(_packed);
        var i = 0;
        // Four rows at once, so that a row of the solution is loaded once for four; the order of each sum stays that of one row at a time.
        for (; i + 4 <= Size; i += 4)
        {
            ref var l0 = ref Unsafe.Add(ref packed, Start(i));
            ref var l1 = ref Unsafe.Add(ref packed, Start(i + 1));
            ref var l2 = ref Unsafe.Add(ref packed, Start(i + 2));
            ref var l3 = ref Unsafe.Add(ref packed, Start(i + 3));
            var (a0, a1, a2, a3) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
            var (b0, b1, b2, b3) = (a0, a0, a0, a0);
            for (nint j = 0; j < i; j++)
            {
                var low = Unsafe.Add(ref x, 2 * j);
                var high = Unsafe.Add(ref x, (2 * j) + 1);
                var l = Vector256.Create(Unsafe.Add(ref l0, j));
                a0 = Vector256.FusedMultiplyAdd(l, low, a0);
                b0 = Vector256.FusedMultiplyAdd(l, high, b0);
                l = Vector256.Create(Unsafe.Add(ref l1, j));
                a1 = Vector256.FusedMultiplyAdd(l, low, a1);
                b1 = Vector256.FusedMultiplyAdd(l, high, b1);
                l = Vector256.Create(Unsafe.Add(ref l2, j));
                a2 = Vector256.FusedMultiplyAdd(l, low, a2);
                b2 = Vector256.FusedMultiplyAdd(l, high, b2);
                l = Vector256.Create(Unsafe.Add(ref l3, j));
                a3 = Vector256.FusedMultiplyAdd(l, low, a3);
                b3 = Vector256.FusedMultiplyAdd(l, high, b3);
            }
            Finish(ref x, ref l0, i, i, a0, b0);
            Finish(ref x, ref l1, i, i + 1, a1, b1);
            Finish(ref x, ref l2, i, i + 2, a2, b2);
            Finish(ref x, ref l3, i, i + 3, a3, b3);
        }
        for (; i < Size; i++) Finish(ref x, ref Unsafe.Add(ref packed, Start(i)), 0, i, Vector256<double>.Zero, Vector256<double>.Zero);
    }

    /// <summary>The dot product, in four lanes of four partial sums.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ref var a = ref MemoryMarshal.GetReference(x);
        ref var b = ref MemoryMarshal.GetReference(y);
        var (s0, s1, s2, s3) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
        nuint i = 0;
        var length = (nuint)Math.Min(x.Length, y.Length);
        for (; i + 16 <= length; i += 16)
        {
            s0 = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref a, i), Vector256.LoadUnsafe(ref b, i), s0);
            s1 = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref a, i + 4), Vector256.LoadUnsafe(ref b, i + 4), s1);
            s2 = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref a, i + 8), Vector256.LoadUnsafe(ref b, i + 8), s2);
            s3 = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref a, i + 12), Vector256.LoadUnsafe(ref b, i + 12), s3);
        }
        for (; i + 4 <= length; i += 4) s0 = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref a, i), Vector256.LoadUnsafe(ref b, i), s0);
        var lanes = (s0 + s1) + (s2 + s3);
        var sum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
        for (; i < length; i++) sum = Math.FusedMultiplyAdd(Unsafe.Add(ref a, i), Unsafe.Add(ref b, i), sum);
        return sum;
    }

    // Row i of the solution: the sums over the columns before j are there already.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(ref Vector256<double> x, ref double row, int j, int i, Vector256<double> low, Vector256<double> high)
    {
        for (; j < i; j++)
        {
            var l = Vector256.Create(Unsafe.Add(ref row, j));
            low = Vector256.FusedMultiplyAdd(l, Unsafe.Add(ref x, 2 * j), low);
            high = Vector256.FusedMultiplyAdd(l, Unsafe.Add(ref x, (2 * j) + 1), high);
        }
        var pivot = Vector256.Create(Unsafe.Add(ref row, i));
        Unsafe.Add(ref x, 2 * i) = (Unsafe.Add(ref x, 2 * i) - low) / pivot;
        Unsafe.Add(ref x, (2 * i) + 1) = (Unsafe.Add(ref x, (2 * i) + 1) - high) / pivot;
    }

    private static int Start(int row) => row * (row + 1) / 2;
}
